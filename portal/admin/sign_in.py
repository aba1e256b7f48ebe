"""The portal as operators see it. Links are not shown: only their hashes are kept."""

from django.contrib import admin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from portal.models import PortalSettings, SignInLink
from practice.admin.base import HistoryAdmin, Shown


@admin.register(SignInLink)
class SignInLinkAdmin(Shown, HistoryAdmin):
    list_display = ("contact", "email", "kind", "firm", "outcome", "created_at", "ends_at")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("kind", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("contact", "firm")
    search_fields = ("email", "contact__name", "firm__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(PortalSettings)
class PortalSettingsAdmin(Shown, HistoryAdmin):
    list_display = ("firm", "requires_second_factor", "link_minutes", "sent_link_hours")
    list_filter = (("firm", AutocompleteSelectFilter),)
    list_select_related = ("firm",)
    search_fields = ("firm__name",)
    ordering = ("-pk",)
    sortable_by = ()
