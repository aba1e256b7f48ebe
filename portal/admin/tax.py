"""The operators' pages about tax returns: how far they are, and nothing of what they say."""

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from portal.models import TaxReturn
from practice.admin.base import HistoryAdmin, Shown


@admin.register(TaxReturn)
class TaxReturnAdmin(Shown, HistoryAdmin):
    kept_from_operators = ("title", "file", "approved_sha256", "key")
    list_display = ("connection", "firm", "year", "step", "due_on", "approved_at")
    list_filter = (("firm", AutocompleteSelectFilter), ("step", ChoicesDropdownFilter))
    list_select_related = ("connection", "firm")
    search_fields = ("connection__name",)
    ordering = ("-pk",)
    sortable_by = ()
