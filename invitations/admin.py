"""Invitations as operators see them. Links are not shown: whoever holds one can answer."""

from django.contrib import admin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from invitations.models import ReconnectInvitation, TeamInvitation
from practice.admin.base import HistoryAdmin, Shown


@admin.register(TeamInvitation)
class TeamInvitationAdmin(Shown, HistoryAdmin):
    list_display = ("full_name", "email", "firm", "place_label", "role_label", "outcome", "ends_at")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("status", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm", "branch", "invited_by")
    search_fields = ("full_name", "email_key", "firm__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(ReconnectInvitation)
class ReconnectInvitationAdmin(Shown, HistoryAdmin):
    list_display = ("connection", "kind", "billing_model", "email", "firm", "outcome", "ends_at")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("status", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm", "connection", "invited_by")
    search_fields = ("connection__name", "email", "firm__name")
    ordering = ("-pk",)
    sortable_by = ()
