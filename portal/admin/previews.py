"""Who at a firm looked at a portal as a contact has it."""

from django.contrib import admin
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateTimeFilter

from portal.models import PortalPreview
from practice.admin.base import HistoryAdmin, Shown


@admin.register(PortalPreview)
class PortalPreviewAdmin(Shown, HistoryAdmin):
    list_display = ("at", "user", "connection", "firm", "contact")
    list_filter = (("firm", AutocompleteSelectFilter), ("at", RangeDateTimeFilter))
    list_select_related = ("user", "connection", "firm", "contact")
    search_fields = ("connection__name", "user__full_name")
    ordering = ("-pk",)
    sortable_by = ()
