"""The life of a relationship as operators see it: what the firm writes stays the firm's own."""

from django.contrib import admin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
    RangeDateTimeFilter,
)

from clients.models import (
    AccessRequest,
    Alert,
    AssignmentRequest,
    BulkItem,
    BulkRun,
    ClientMessage,
    HandoverPack,
    KeyDate,
    MessageTemplate,
    Note,
    OwnerInvitation,
    Task,
    Ticket,
    TicketReply,
)
from practice.admin.base import HistoryAdmin, OperatorAdmin, Shown

IN_FIRM = ("firm", AutocompleteSelectFilter)


@admin.register(Note)
class NoteAdmin(Shown, HistoryAdmin):
    kept_from_operators = ("text", "attendees")
    list_display = ("connection", "firm", "kind", "author", "created_at")
    list_filter = (
        IN_FIRM,
        ("kind", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("connection", "firm", "author")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(Task)
class TaskAdmin(Shown, HistoryAdmin):
    kept_from_operators = ("title", "details")
    list_display = ("connection", "firm", "assignee", "due_on", "done_at")
    list_filter = (IN_FIRM, ("due_on", RangeDateFilter), ("done_at", RangeDateTimeFilter))
    list_select_related = ("connection", "firm", "assignee")
    search_fields = ("connection__name", "assignee__full_name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(Ticket)
class TicketAdmin(Shown, HistoryAdmin):
    kept_from_operators = ("subject", "text")
    list_display = ("number", "connection", "firm", "priority", "created_at", "closed_at")
    list_filter = (
        IN_FIRM,
        ("priority", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("connection", "firm")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(TicketReply)
class TicketReplyAdmin(Shown, OperatorAdmin):
    exclude = ("text",)
    list_display = ("created_at", "connection", "firm", "author", "is_client")
    list_filter = (IN_FIRM, ("created_at", RangeDateTimeFilter))
    list_select_related = ("connection", "firm", "author")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(Alert)
class AlertAdmin(Shown, HistoryAdmin):
    list_display = ("connection", "firm", "kind", "raised_at", "assignee", "resolved_at")
    list_filter = (
        IN_FIRM,
        ("kind", ChoicesDropdownFilter),
        ("raised_at", RangeDateTimeFilter),
        ("resolved_at", RangeDateTimeFilter),
    )
    list_select_related = ("connection", "firm", "assignee")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(AccessRequest, AssignmentRequest)
class QuestionAdmin(Shown, HistoryAdmin):
    list_display = ("asked_at", "connection", "firm", "asked_by", "state", "answered_by")
    list_filter = (
        IN_FIRM,
        ("state", ChoicesDropdownFilter),
        ("asked_at", RangeDateTimeFilter),
    )
    list_select_related = ("connection", "firm", "asked_by", "answered_by")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(KeyDate)
class KeyDateAdmin(Shown, HistoryAdmin):
    kept_from_operators = ("title",)
    list_display = ("connection", "firm", "on", "is_yearly", "remind_days")
    list_filter = (IN_FIRM, ("on", RangeDateFilter))
    list_select_related = ("connection", "firm")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(ClientMessage)
class ClientMessageAdmin(Shown, OperatorAdmin):
    list_display = ("connection", "firm", "contact", "written_by", "created_at")
    list_filter = (IN_FIRM, ("created_at", RangeDateTimeFilter))
    list_select_related = ("connection", "firm", "contact", "written_by")
    search_fields = ("connection__name", "contact__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(MessageTemplate)
class MessageTemplateAdmin(Shown, HistoryAdmin):
    list_display = ("name", "firm", "created_at")
    list_filter = (IN_FIRM, ("created_at", RangeDateTimeFilter))
    list_select_related = ("firm",)
    search_fields = ("name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(BulkRun)
class BulkRunAdmin(Shown, HistoryAdmin):
    list_display = ("action", "firm", "started_by", "state", "total", "created_at")
    list_filter = (
        IN_FIRM,
        ("action", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm", "started_by")
    search_fields = ("started_by__full_name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(BulkItem)
class BulkItemAdmin(Shown, OperatorAdmin):
    list_display = ("connection", "run", "firm", "outcome", "reason")
    list_filter = (IN_FIRM, ("outcome", ChoicesDropdownFilter))
    list_select_related = ("connection", "run", "firm")
    search_fields = ("connection__name", "reason")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(HandoverPack)
class HandoverPackAdmin(Shown, HistoryAdmin):
    kept_from_operators = ("nonce",)
    list_display = ("connection", "firm", "made_by", "finished_at", "asked_at", "consented_at")
    list_filter = (IN_FIRM, ("created_at", RangeDateTimeFilter))
    list_select_related = ("connection", "firm", "made_by")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(OwnerInvitation)
class OwnerInvitationAdmin(Shown, HistoryAdmin):
    kept_from_operators = ("nonce",)
    list_display = ("full_name", "email", "connection", "firm", "accepted_at", "ends_at")
    list_filter = (IN_FIRM, ("created_at", RangeDateTimeFilter))
    list_select_related = ("connection", "firm")
    search_fields = ("full_name", "email_key", "connection__name")
    ordering = ("-pk",)
    sortable_by = ()
