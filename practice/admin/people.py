"""People and how they sign in."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    RangeDateTimeFilter,
)
from unfold.forms import AdminPasswordChangeForm

from practice.admin.base import HistoryAdmin, OperatorAdmin, Shown
from practice.forms.operators import OperatorUserCreationForm, OperatorUserForm
from practice.models import Download, SecurityEvent, SignInCountry, User

for replaced in (EmailAddress, Authenticator, Group, UserSession):
    if admin.site.is_registered(replaced):
        admin.site.unregister(replaced)


@admin.register(User)
class UserAdmin(HistoryAdmin, DjangoUserAdmin):  # type: ignore[misc]
    form = OperatorUserForm
    add_form = OperatorUserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("full_name", "email", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = (
        ("is_active", BooleanRadioFilter),
        ("is_staff", BooleanRadioFilter),
        ("date_joined", RangeDateTimeFilter),
    )
    search_fields = ("full_name", "email_key")
    ordering = ("full_name", "pk")
    filter_horizontal = ("groups",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("full_name", "email", "password", "time_zone", "language")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "full_name", "password1", "password2")}),)


@admin.register(SecurityEvent)
class SecurityEventAdmin(Shown, HistoryAdmin):
    list_display = ("member", "firm", "kind", "details", "happened_at")
    list_filter = (("firm", AutocompleteSelectFilter), ("happened_at", RangeDateTimeFilter))
    list_select_related = ("firm", "member__user")
    search_fields = ("member__user__full_name", "member__user__email_key")
    readonly_fields = ("happened_at",)


@admin.register(Download)
class DownloadAdmin(Shown, OperatorAdmin):
    list_display = ("member", "firm", "name", "at")
    list_filter = (("firm", AutocompleteSelectFilter), ("at", RangeDateTimeFilter))
    list_select_related = ("firm", "member__user")
    search_fields = ("member__user__full_name", "member__user__email_key", "name")
    ordering = ("-pk",)
    sortable_by = ()


@admin.register(SignInCountry)
class SignInCountryAdmin(Shown, OperatorAdmin):
    list_display = ("member", "firm", "country", "last_at")
    list_filter = (("firm", AutocompleteSelectFilter), ("last_at", RangeDateTimeFilter))
    list_select_related = ("firm", "member__user")
    search_fields = ("member__user__full_name", "member__user__email_key", "country")
    ordering = ("-last_at", "-pk")


@admin.register(Group)
class GroupAdmin(OperatorAdmin):
    """Operators who may not do everything; rights of team members never come from here."""

    search_fields = ("name",)
    filter_horizontal = ("permissions",)


@admin.register(EmailAddress)
class EmailAddressAdmin(OperatorAdmin):
    """Ticking “verified” lets in somebody whom the mail did not reach."""

    list_display = ("email", "user", "primary", "verified")
    list_filter = (("verified", BooleanRadioFilter), ("primary", BooleanRadioFilter))
    list_select_related = ("user",)
    search_fields = ("email", "user__full_name")
    autocomplete_fields = ("user",)
    ordering = ("email", "pk")


@admin.register(Authenticator)
class AuthenticatorAdmin(Shown, OperatorAdmin):
    """Deleting one lets in somebody who lost their phone. Secrets are not shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    list_filter = (("created_at", RangeDateTimeFilter),)
    search_fields = ("user__full_name", "user__email_key")
    fields = ("user", "type", "created_at", "last_used_at")
    readonly_fields = fields
    ordering = ("-created_at", "pk")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return bool(request.user.has_perm("mfa.delete_authenticator"))
