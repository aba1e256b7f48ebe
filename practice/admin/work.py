"""Messages, jobs, schedules, keys of the API, webhooks, and the tester's clock."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from practice import clock, tasks
from practice.actions.clocks import ahead_after, move_clock
from practice.admin.base import HistoryAdmin, OperatorAdmin, Shown
from practice.errors import Refused
from practice.models import (
    ApiKey,
    ClockOffset,
    Job,
    Message,
    Schedule,
    Webhook,
    WebhookDelivery,
)


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
    """The periodic jobs. Testers run one now; the next tick takes it up, in seconds."""

    actions = ("run_now",)
    list_display = ("name", "due_at", "last_started_at", "last_finished_at", "last_result")
    list_filter = (("due_at", RangeDateTimeFilter),)
    search_fields = ("name", "last_result")
    fields = ("name", "due_at", "last_started_at", "last_finished_at", "last_result")
    readonly_fields = ("name", "last_started_at", "last_finished_at", "last_result")

    @admin.action(description="Run now", permissions=["change"])
    def run_now(self, request: HttpRequest, rows: QuerySet[Schedule]) -> None:
        count = rows.update(due_at=clock.now())
        tasks.ring(tasks.tick)
        jobs = "job runs" if count == 1 else "jobs run"
        self.message_user(request, f"{count} {jobs} within seconds.", messages.SUCCESS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class ClockForm(forms.ModelForm):
    move = forms.CharField(
        max_length=30, help_text="From where it stands: +60d, -2h or +1d12h; or reset."
    )

    class Meta:
        model = ClockOffset
        fields = ()

    def clean_move(self) -> str:
        move: str = self.cleaned_data["move"].strip()
        try:
            self.instance.seconds = round(ahead_after(move).total_seconds())
        except Refused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return move


@admin.register(ClockOffset)
class ClockOffsetAdmin(OperatorAdmin):
    """How far the clock stands from the true time. Never in production."""

    form = ClockForm
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


@admin.register(Webhook)
class WebhookAdmin(Shown, HistoryAdmin):
    """Where a firm's events go. No secret is kept, and what one is made of stays closed."""

    exclude = ("nonce", "old_nonce")
    list_display = ("name", "url", "firm", "created_at", "failing_since", "switched_off_at")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("created_at", RangeDateTimeFilter),
        ("switched_off_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm",)
    search_fields = ("name", "url")
    readonly_fields = ("created_at",)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(Shown, OperatorAdmin):
    """How each telling went; what was told is the firm's."""

    exclude = ("body", "answer")
    list_display = ("kind", "event_id", "webhook", "firm", "state", "answer_code", "attempts")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("state", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm", "webhook")
    search_fields = ("event_id", "kind")
    readonly_fields = ("created_at",)
