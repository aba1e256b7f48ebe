"""Firms, their branches and who works there."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RangeDateTimeFilter,
)

from practice.admin.base import HistoryAdmin, OperatorAdmin, Shown
from practice.forms.operators import (
    OperatorBranchForm,
    OperatorFirmForm,
    OperatorMemberForm,
    OperatorMembershipForm,
)
from practice.models import Branch, BranchMembership, Firm, SavedView, TeamMember


@admin.register(Firm)
class FirmAdmin(HistoryAdmin):
    form = OperatorFirmForm
    list_display = ("name", "slug", "country", "time_zone", "created_at")
    list_filter = (("created_at", RangeDateTimeFilter),)
    search_fields = ("name", "slug", "phone", "website")
    prepopulated_fields = {"slug": ("name",)}
    ordering = ("name", "pk")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


@admin.register(Branch)
class BranchAdmin(HistoryAdmin):
    form = OperatorBranchForm
    list_display = ("name", "firm", "email", "currency", "country", "is_archived")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("is_archived", BooleanRadioFilter),
        ("created_at", RangeDateTimeFilter),
    )
    list_select_related = ("firm",)
    search_fields = ("name", "email_key", "firm__name")
    autocomplete_fields = ("firm",)
    ordering = ("name", "pk")

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> tuple[str, ...]:
        """The currency is frozen at creation (F-010a), and a branch does not move."""
        return ("firm", "currency") if obj else ()


@admin.register(TeamMember)
class TeamMemberAdmin(HistoryAdmin):
    form = OperatorMemberForm
    list_display = ("user", "firm", "parent_role", "is_active", "joined_at")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("parent_role", ChoicesDropdownFilter),
        ("is_active", BooleanRadioFilter),
    )
    list_select_related = ("user", "firm")
    search_fields = ("user__full_name", "user__email_key", "firm__name")
    autocomplete_fields = ("user", "firm")
    ordering = ("-joined_at", "-pk")

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> tuple[str, ...]:
        return ("user", "firm") if obj else ()


@admin.register(BranchMembership)
class BranchMembershipAdmin(HistoryAdmin):
    form = OperatorMembershipForm
    fields = ("member", "branch", "role", "added", "withdrawn")
    list_display = ("member", "branch", "firm", "role")
    list_filter = (
        ("firm", AutocompleteSelectFilter),
        ("branch", AutocompleteSelectFilter),
        ("role", ChoicesDropdownFilter),
    )
    list_select_related = ("member__user", "branch", "firm")
    search_fields = ("member__user__full_name", "member__user__email_key", "branch__name")
    autocomplete_fields = ("member", "branch")
    ordering = ("-pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: object = None) -> tuple[str, ...]:
        return ("member", "branch") if obj else ()


@admin.register(SavedView)
class SavedViewAdmin(Shown, OperatorAdmin):
    list_display = ("name", "page", "member", "firm", "is_shared")
    list_filter = (("firm", AutocompleteSelectFilter), ("is_shared", BooleanRadioFilter))
    list_select_related = ("member__user", "firm")
    search_fields = ("name", "member__user__full_name")
    ordering = ("name", "pk")
