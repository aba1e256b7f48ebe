"""Clients as operators see them: facts, not content. Changes go through the practice's pages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
)

from clients.models import (
    AccessReview,
    AccessReviewItem,
    AccessVisit,
    ActivityEvent,
    ClientAccount,
    Connection,
    ConnectionPeriod,
    Contact,
    ContactAccess,
    ImportRow,
    ImportRun,
    Tag,
    TeamAssignment,
    UsageDay,
    UsageEvent,
    UsageSnapshot,
)
from practice.admin.base import HistoryAdmin, OperatorAdmin, Shown
from practice.text import fold

IN_FIRM = ("firm", AutocompleteSelectFilter)


@admin.register(ClientAccount)
class ClientAccountAdmin(Shown, HistoryAdmin):
    list_display = ("name", "tax_id", "country", "owner", "plan", "subscription_status")
    list_filter = (
        ("subscription_status", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("owner",)
    search_fields = ("name", "tax_id", "owner__email_key")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(Connection)
class ConnectionAdmin(Shown, HistoryAdmin):
    """Found by what the client list is searched by. Internal notes are the firm's own."""

    kept_from_operators = ("internal_notes",)
    list_display = ("name", "client_number", "firm", "branch", "status", "billing_model")
    list_filter = (
        IN_FIRM,
        ("status", ChoicesDropdownFilter),
        ("billing_model", ChoicesDropdownFilter),
        ("connected_on", RangeDateFilter),
    )
    list_select_related = ("firm", "branch")
    search_fields = ("search_text",)
    search_help_text = "Company, contact, email, tag or Client ID"
    ordering = ("-pk",)
    sortable_by = ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        for word in fold(search_term).split():
            queryset = queryset.filter(search_text__contains=word)
        return queryset, False


@admin.register(ConnectionPeriod)
class ConnectionPeriodAdmin(Shown, HistoryAdmin):
    list_display = ("connection", "firm", "opened_on", "closed_on", "close_reason")
    list_filter = (IN_FIRM, ("opened_on", RangeDateFilter), ("closed_on", RangeDateFilter))
    list_select_related = ("connection", "firm")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(TeamAssignment)
class TeamAssignmentAdmin(Shown, HistoryAdmin):
    list_display = ("user", "content_object", "firm", "role", "granted_at", "ends_at")
    list_filter = (
        IN_FIRM,
        ("role", ChoicesDropdownFilter),
        ("is_primary", BooleanRadioFilter),
        ("granted_at", RangeDateTimeFilter),
    )
    list_select_related = ("user", "content_object", "firm")
    search_fields = ("user__full_name", "user__email_key", "content_object__name")
    exclude = ("permission",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(Contact)
class ContactAdmin(Shown, HistoryAdmin):
    list_display = ("name", "email", "phone", "firm", "user")
    list_filter = (IN_FIRM, ("created_at", RangeDateTimeFilter))
    list_select_related = ("firm", "user")
    search_fields = ("name", "email_key", "phone")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(ContactAccess)
class ContactAccessAdmin(Shown, HistoryAdmin):
    list_display = ("contact", "connection", "firm", "is_primary", "is_billing")
    list_filter = (
        IN_FIRM,
        ("is_client_admin", BooleanRadioFilter),
        ("is_primary", BooleanRadioFilter),
    )
    list_select_related = ("contact", "connection", "firm")
    search_fields = ("contact__name", "contact__email_key", "connection__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(Tag)
class TagAdmin(Shown, HistoryAdmin):
    list_display = ("name", "group", "firm")
    list_filter = (IN_FIRM,)
    list_select_related = ("firm",)
    search_fields = ("name_key", "group")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(ActivityEvent)
class ActivityEventAdmin(Shown, OperatorAdmin):
    list_display = ("at", "connection", "firm", "kind", "actor", "text")
    list_filter = (IN_FIRM, ("kind", ChoicesDropdownFilter), ("at", RangeDateTimeFilter))
    list_select_related = ("connection", "firm", "actor")
    search_fields = ("text", "connection__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(AccessVisit)
class AccessVisitAdmin(Shown, OperatorAdmin):
    list_display = ("at", "user", "connection", "firm")
    list_filter = (IN_FIRM, ("at", RangeDateTimeFilter))
    list_select_related = ("user", "connection", "firm")
    search_fields = ("user__full_name", "user__email_key", "connection__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(UsageSnapshot)
class UsageSnapshotAdmin(Shown, OperatorAdmin):
    list_display = ("connection", "firm", "taken_at", "transactions")
    list_filter = (IN_FIRM, ("taken_at", RangeDateTimeFilter))
    list_select_related = ("connection", "firm")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(UsageEvent)
class UsageEventAdmin(Shown, OperatorAdmin):
    list_display = ("at", "kind", "count", "name", "connection", "firm", "received_at")
    list_filter = (IN_FIRM, ("kind", ChoicesDropdownFilter), ("at", RangeDateTimeFilter))
    list_select_related = ("connection", "firm")
    search_fields = ("event_id", "connection__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(UsageDay)
class UsageDayAdmin(Shown, OperatorAdmin):
    list_display = ("day", "connection", "firm", "logins", "transactions", "invoices")
    list_filter = (IN_FIRM, ("day", RangeDateFilter))
    list_select_related = ("connection", "firm")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(ImportRun)
class ImportRunAdmin(Shown, OperatorAdmin):
    list_display = ("file_name", "firm", "branch", "started_by", "state", "total", "created_at")
    list_filter = (
        IN_FIRM,
        ("state", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm", "branch", "started_by")
    search_fields = ("file_name", "started_by__full_name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(ImportRow)
class ImportRowAdmin(Shown, OperatorAdmin):
    """What became of each line; the line itself is the firm's."""

    list_display = ("number", "run", "firm", "outcome", "is_written", "connection")
    list_filter = (IN_FIRM, ("outcome", ChoicesDropdownFilter))
    list_select_related = ("run", "firm", "connection")
    search_fields = ("run__file_name", "reason")
    exclude = ("cells",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(AccessReview)
class AccessReviewAdmin(Shown, HistoryAdmin):
    list_display = ("branch", "quarter", "firm", "started_at", "due_on", "signed_off_at")
    list_filter = (IN_FIRM, ("due_on", RangeDateFilter), ("signed_off_at", RangeDateTimeFilter))
    list_select_related = ("branch", "firm")
    search_fields = ("branch__name", "quarter")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(AccessReviewItem)
class AccessReviewItemAdmin(Shown, HistoryAdmin):
    list_display = ("user", "connection", "review", "firm", "role", "decision", "decided_by")
    list_filter = (
        IN_FIRM,
        ("decision", ChoicesDropdownFilter),
        ("is_unused", BooleanRadioFilter),
    )
    list_select_related = ("user", "connection", "review", "firm", "decided_by")
    search_fields = ("user__full_name", "user__email_key", "connection__name")
    ordering = ("-pk",)
    sortable_by = ()
