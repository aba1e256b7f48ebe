"""Questions as operators see them: that there are some, and not what they say."""

from django.contrib import admin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from portal.models import Question, QuestionReply, QuestionSettings, ReplyFile
from practice.admin.base import HistoryAdmin, OperatorAdmin, Shown

IN_FIRM = ("firm", AutocompleteSelectFilter)


@admin.register(Question)
class QuestionAdmin(Shown, HistoryAdmin):
    kept_from_operators = ("text", "paid_on", "amount", "currency", "description")
    list_display = ("connection", "firm", "state", "is_from_client", "created_at", "moved_at")
    list_filter = (
        IN_FIRM,
        ("state", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("connection", "firm")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(QuestionReply)
class QuestionReplyAdmin(Shown, OperatorAdmin):
    exclude = ("text",)
    list_display = ("created_at", "connection", "firm", "author", "contact")
    list_filter = (IN_FIRM, ("created_at", RangeDateTimeFilter))
    list_select_related = ("connection", "firm", "author", "contact")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(ReplyFile)
class ReplyFileAdmin(Shown, OperatorAdmin):
    list_display = ("reply_id", "connection", "firm", "file_id")
    list_filter = (IN_FIRM,)
    list_select_related = ("connection", "firm")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(QuestionSettings)
class QuestionSettingsAdmin(Shown, HistoryAdmin):
    list_display = ("connection", "firm", "are_assignable", "takes_questions", "has_reminders")
    list_filter = (IN_FIRM,)
    list_select_related = ("connection", "firm")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()
