"""The clients' ledgers as operators see them: read, and nothing else (F-245)."""

from django.contrib import admin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from clients.models import LedgerBlock, LedgerEntry
from practice.admin.base import OperatorAdmin, Shown


@admin.register(LedgerEntry)
class LedgerEntryAdmin(Shown, OperatorAdmin):
    list_display = ("at", "user", "page", "connection", "firm", "block")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("page", ChoicesDropdownFilter),
        ("at", RangeDateTimeFilter),
    )
    list_select_related = ("user", "connection", "firm", "block")
    search_fields = ("user__full_name", "connection__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(LedgerBlock)
class LedgerBlockAdmin(Shown, OperatorAdmin):
    list_display = ("number", "account", "closed_at", "entries", "seal")
    list_filter = (("closed_at", RangeDateTimeFilter),)
    list_select_related = ("account",)
    search_fields = ("account__name", "seal")
    ordering = ("-pk",)
    sortable_by = ()
