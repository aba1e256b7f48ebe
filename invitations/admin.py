"""Invitations as operators see them. Links are not shown: whoever holds one can answer."""

from django.contrib import admin
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from invitations.models import (
    BranchLink,
    ClientInvitation,
    ClientSetup,
    ExternalInvitation,
    ReconnectInvitation,
    ReferralLink,
    ReferralSignUp,
    TeamInvitation,
)
from practice.admin.base import HistoryAdmin, OperatorAdmin, Shown


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


@admin.register(ClientInvitation)
class ClientInvitationAdmin(Shown, HistoryAdmin):
    list_display = ("company", "contact_email", "firm", "branch", "source", "outcome", "created_at")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("status", ChoicesDropdownFilter),
        ("source", ChoicesDropdownFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm", "branch")
    search_fields = ("company", "contact_email", "firm__name", "branch__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(BranchLink)
class BranchLinkAdmin(Shown, HistoryAdmin):
    list_display = ("branch", "firm", "number", "is_on", "changed_by", "changed_at")
    list_filter = (("firm", AutocompleteSelectFilter), "is_on")
    list_select_related = ("firm", "branch", "changed_by")
    search_fields = ("branch__name", "firm__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(ExternalInvitation)
class ExternalInvitationAdmin(Shown, OperatorAdmin):
    list_display = ("account", "email", "invited_by", "outcome", "created_at")
    list_filter = (("created_at", RangeDateTimeFilter),)
    list_select_related = ("account", "invited_by", "invitation")
    search_fields = ("account__name", "email_key")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(ClientSetup)
class ClientSetupAdmin(Shown, OperatorAdmin):
    list_display = ("user", "firm", "branch", "account", "invitation", "started_at")
    list_filter = (("firm", AutocompleteSelectFilter), ("started_at", RangeDateTimeFilter))
    list_select_related = ("user", "firm", "branch", "account", "invitation__branch")
    search_fields = ("user__email_key", "firm__name", "branch__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(ReferralLink)
class ReferralLinkAdmin(Shown, HistoryAdmin):
    list_display = ("name", "firm", "is_on", "created_by", "created_at")
    list_filter = (("firm", AutocompleteSelectFilter), "is_on")
    list_select_related = ("firm", "created_by")
    search_fields = ("name", "firm__name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(ReferralSignUp)
class ReferralSignUpAdmin(Shown, OperatorAdmin):
    list_display = ("user", "account", "link", "firm", "created_at")
    list_filter = (("firm", AutocompleteSelectFilter), ("created_at", RangeDateTimeFilter))
    list_select_related = ("user", "account", "link", "firm")
    search_fields = ("user__email_key", "link__name", "firm__name")
    ordering = ("-pk",)
    sortable_by = ()
