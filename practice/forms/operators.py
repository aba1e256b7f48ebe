"""What operators may type in Django admin, held to the rules of the practice's own forms."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.forms import UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from practice.actions.firms import RESERVED
from practice.actions.limits import lock_rights
from practice.actions.team import refuse_last_super_admin
from practice.errors import Refused
from practice.forms.fields import TimeZoneField
from practice.models import Branch, BranchMembership, Firm, TeamMember, User
from practice.permissions import BRANCH_ROLE_GRANTS, CATALOGUE, PARENT_ROLE_GRANTS
from practice.roles import ParentRole
from practice.text import fold


def grantable() -> list[tuple[str, str]]:
    """Permissions that some role includes; the others are derived, never granted by name."""
    given = frozenset().union(*PARENT_ROLE_GRANTS.values(), *BRANCH_ROLE_GRANTS.values())
    known = (permission for code, permission in CATALOGUE.items() if code in given)
    return sorted((str(p), f"{p.category}: {p.label}") for p in known)


class FoldedEmail:
    """A mixin: the address is free, however it is spelled, and its key is written with it."""

    instance: Any
    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        others = type(self.instance).objects.filter(email_key=fold(email))
        others = others.exclude(pk=self.instance.pk)
        if others.exists():
            raise ValidationError("This address is taken.")
        self.instance.email_key = fold(email)
        return email


class OperatorUserForm(FoldedEmail, UserChangeForm):
    time_zone = TimeZoneField(widget=UnfoldAdminSelectWidget)

    class Meta:
        model = User
        fields = "__all__"


class OperatorUserCreationForm(FoldedEmail, UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "full_name")


class OperatorFirmForm(forms.ModelForm):
    time_zone = TimeZoneField(widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Firm
        fields = ("name", "slug", "country", "address", "phone", "website", "time_zone")

    def clean_slug(self) -> str:
        slug = str(self.cleaned_data["slug"])
        if slug.lower() in RESERVED:
            raise ValidationError("This address is the product’s own.")
        return slug


class OperatorBranchForm(FoldedEmail, forms.ModelForm):
    class Meta:
        model = Branch
        fields = ("firm", "name", "email", "country", "currency", "is_archived")


class OperatorMemberForm(forms.ModelForm):
    """A firm keeps its last Super Admin from operators too (F-021a)."""

    class Meta:
        model = TeamMember
        fields = ("user", "firm", "parent_role", "is_active")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        stays = cleaned.get("is_active") and cleaned.get("parent_role") == ParentRole.SUPER_ADMIN
        if self.instance.pk and not stays:
            lock_rights(self.instance.firm_id)
            saved = TeamMember.objects.select_related("user").get(pk=self.instance.pk)
            try:
                refuse_last_super_admin(saved)
            except Refused as refusal:
                raise ValidationError(str(refusal)) from refusal
        return cleaned


class OperatorMembershipForm(forms.ModelForm):
    """A role on a branch of the member's own firm."""

    added = forms.MultipleChoiceField(
        choices=grantable, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )
    withdrawn = forms.MultipleChoiceField(
        choices=grantable, required=False, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = BranchMembership
        fields = ("member", "branch", "role", "added", "withdrawn")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        member = cleaned.get("member") or getattr(self.instance, "member", None)
        branch = cleaned.get("branch") or getattr(self.instance, "branch", None)
        if member and branch and member.firm_id != branch.firm_id:
            raise ValidationError("The branch belongs to another firm than the team member.")
        if member:
            self.instance.firm_id = member.firm_id
        return cleaned
