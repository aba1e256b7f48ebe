"""Messages, jobs, schedules, keys of the API, and the tester's clock."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from practice.actions.clocks import move_clock
from practice.admin.base import HistoryAdmin, OperatorAdmin, Shown
from practice.models import ApiKey, ClockOffset, Job, Message, Schedule


@admin.register(Message)
class MessageAdmin(Shown, OperatorAdmin):
    """What was sent to whom. The words stay closed: links that sign people in are among them."""

    exclude = ("body",)

    list_display = ("subject", "recipient", "firm", "channel", "state", "created_at", "sent_at")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("state", ChoicesDropdownFilter),
        ("channel", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm",)
    search_fields = ("recipient", "subject", "key")
    readonly_fields = ("created_at",)


@admin.register(Job)
class JobAdmin(Shown, OperatorAdmin):
    list_display = ("kind", "key", "firm", "state", "attempts", "done", "total", "due_at")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("state", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm", "asked_by")
    search_fields = ("kind", "key", "error")
    readonly_fields = ("created_at",)


@admin.register(Schedule)
class ScheduleAdmin(OperatorAdmin):
    """Move “due at” to the past, and the job runs at the next tick."""

    list_display = ("name", "due_at", "last_started_at", "last_finished_at", "last_result")
    list_filter = (("due_at", RangeDateTimeFilter),)
    search_fields = ("name", "last_result")
    fields = ("name", "due_at", "last_started_at", "last_finished_at", "last_result")
    readonly_fields = ("name", "last_started_at", "last_finished_at", "last_result")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(ClockOffset)
class ClockOffsetAdmin(OperatorAdmin):
    """How far the clock stands ahead; 86,400 seconds are a day. Never in production."""

    list_display = ("seconds",)
    search_fields = ("seconds",)
    list_filter = ("seconds",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        may = settings.MOVABLE_CLOCK and super().has_add_permission(request)
        return bool(may and not ClockOffset.objects.exists())

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return bool(settings.MOVABLE_CLOCK and super().has_change_permission(request, obj))

    def save_model(self, request: HttpRequest, obj: ClockOffset, form: Any, change: bool) -> None:
        obj.pk = move_clock(obj.seconds).pk


@admin.register(ApiKey)
class ApiKeyAdmin(Shown, HistoryAdmin):
    """Which programs of a firm have a key. Nobody reads a secret here: none is kept."""

    exclude = ("secret_hash",)
    list_display = ("name", "hint", "firm", "scopes", "created_at", "last_used_at", "revoked_at")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("created_at", RangeDateTimeFilter),
        ("revoked_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm",)
    search_fields = ("name", "hint")
    readonly_fields = ("hint", "created_at")
