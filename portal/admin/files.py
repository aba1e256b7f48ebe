"""The operators' pages about clients' files: that they are there, and nothing of what they say."""

from django.contrib import admin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from portal.models import ClientFile, FileRead, Folder
from practice.admin.base import HistoryAdmin, OperatorAdmin, Shown

IN_FIRM = ("firm", AutocompleteSelectFilter)


@admin.register(ClientFile)
class ClientFileAdmin(Shown, HistoryAdmin):
    kept_from_operators = ("name", "sha256", "storage_key", "key")
    list_display = ("connection", "firm", "state", "is_visible", "size", "created_at")
    list_filter = (
        IN_FIRM,
        ("state", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("connection", "firm")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(Folder)
class FolderAdmin(Shown, HistoryAdmin):
    kept_from_operators = ("name",)
    list_display = ("connection", "firm", "kind", "created_at")
    list_filter = (IN_FIRM, ("kind", ChoicesDropdownFilter))
    list_select_related = ("connection", "firm")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(FileRead)
class FileReadAdmin(Shown, OperatorAdmin):
    list_display = ("connection", "firm", "contact", "read_at")
    list_filter = (IN_FIRM, ("read_at", RangeDateTimeFilter))
    list_select_related = ("connection", "firm", "contact")
    search_fields = ("connection__name", "contact__name")
    ordering = ("-pk",)
    sortable_by = ()
