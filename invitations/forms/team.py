"""Inviting a colleague, step by step; filtering invitations; joining as a newcomer (F-016)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.db.models import Q
from django.utils.html import format_html
from django.utils.safestring import SafeString

from invitations.models import TeamInvitation
from invitations.models.team import TeamInvitationQuerySet, limits_rule
from invitations.roles import InvitationStatus
from practice.forms.fields import TidyField
from practice.models import Branch, User
from practice.permissions import (
    BRANCH_ROLE_GRANTS,
    MANAGE_PARENT_ROLES,
    PARENT_ROLE_GRANTS,
    Standing,
)
from practice.roles import BRANCH_ROLE_HELP, PARENT_ROLE_HELP, BranchRole, ParentRole
from practice.text import fold, tidy

LONGEST_ADDRESS = 254
ONE_BRANCH, ALL_BRANCHES = "branch", "all"
NEEDS_PARENT_ROLES = f"You need the permission “{MANAGE_PARENT_ROLES.label}”."
TO_ONE = "A role there: Owner, Admin or Member."
IF_ONE = "Only for access to one branch."
TO_ALL = "A parent role: Super Admin, Billing Admin or Viewer."


@dataclass(frozen=True)
class Option:
    """One choice with what it means; `lacks` says why this person may not choose it."""

    value: str
    label: str
    help: str
    lacks: str = ""

    @property
    def face(self) -> SafeString:
        words = f"{self.help} {self.lacks}".strip()
        return format_html(
            '<span><b>{}</b><br><span class="help">{}</span></span>', self.label, words
        )


class ExplainedRadios(forms.RadioSelect):
    """Radio buttons of which some cannot be pressed; their labels say why."""

    closed: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.closed:
            option["attrs"]["disabled"] = True
        return option


class OptionField(forms.ChoiceField):
    """A choice among options; a closed one that is sent all the same is refused with its reason."""

    widget = ExplainedRadios
    options: list[Option]

    def offer(self, options: list[Option]) -> None:
        self.options = options
        self.choices = [(option.value, option.face) for option in options]
        self.widget.closed = frozenset(option.value for option in options if option.lacks)

    def validate(self, value: Any) -> None:
        super().validate(value)
        for option in self.options:
            if option.value == value and option.lacks:
                raise forms.ValidationError(option.lacks)


class WhoForm(forms.Form):
    """Step 1."""

    email = forms.EmailField(
        label="Email",
        max_length=LONGEST_ADDRESS,
        help_text="The invitation is for this address alone.",
        widget=forms.EmailInput({"autocomplete": "off", "autofocus": True}),
    )
    full_name = TidyField(
        label="Name", max_length=200, widget=forms.TextInput({"autocomplete": "off"})
    )

    def clean_email(self) -> str:
        email = tidy(self.cleaned_data["email"]).lower()
        if len(fold(email)) > LONGEST_ADDRESS:
            raise forms.ValidationError("Enter a valid email address.")
        return email


class AccessForm(forms.Form):
    """Step 2."""

    scope = OptionField(label="Access to")
    branch = forms.ModelChoiceField(
        queryset=Branch.objects.none(),
        empty_label="Choose a branch",
        help_text=IF_ONE,
        error_messages={"required": "Choose the branch."},
    )

    def __init__(self, *args: Any, standing: Standing, branches: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        may_all = standing.holds(MANAGE_PARENT_ROLES)
        scope: Any = self.fields["scope"]
        scope.offer(
            [
                Option(ONE_BRANCH, "One branch", TO_ONE),
                Option(ALL_BRANCHES, "All branches", TO_ALL, "" if may_all else NEEDS_PARENT_ROLES),
            ]
        )
        self.fields["branch"].queryset = branches  # type: ignore[attr-defined]
        self.fields["branch"].required = self.data.get("scope") != ALL_BRANCHES

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("scope") == ALL_BRANCHES:
            cleaned["branch"] = None
        return cleaned


class RoleForm(forms.Form):
    """Step 3: the roles of the place, those beyond one's own rights closed."""

    role = OptionField(label="Role")

    def __init__(
        self, *args: Any, standing: Standing, branch: Branch | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["role"]
        field.offer([role_option(standing, branch, role) for role in roles_for(branch)])


def roles_for(branch: Branch | None) -> list[BranchRole | ParentRole]:
    return [*BranchRole] if branch else [*ParentRole]


def role_option(standing: Standing, branch: Branch | None, role: BranchRole | ParentRole) -> Option:
    grants = BRANCH_ROLE_GRANTS if branch else PARENT_ROLE_GRANTS
    helps: Mapping[Any, str] = BRANCH_ROLE_HELP if branch else PARENT_ROLE_HELP
    label = str(role.label)
    rule = limits_rule(standing, grants[role], branch.pk if branch else None, label)
    return Option(role.value, label, helps[role], "" if rule.holds else rule.says)


class TeamInvitationFilterForm(forms.Form):
    q = forms.CharField(
        required=False,
        max_length=200,
        label="Search",
        widget=forms.TextInput({"type": "search", "placeholder": "Name or email"}),
    )
    outcome = forms.ChoiceField(
        required=False,
        label="Status",
        choices=[("", "All statuses"), *InvitationStatus.choices],
    )

    @property
    def is_filtered(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def narrow(self, rows: TeamInvitationQuerySet) -> TeamInvitationQuerySet:
        """What the valid part of the form asks for."""
        self.is_valid()
        text, outcome = (self.cleaned_data.get(name, "") for name in ("q", "outcome"))
        if text:
            rows = rows.filter(Q(full_name__icontains=text) | Q(email__icontains=text))
        return rows.with_outcome(outcome) if outcome else rows


class NewcomerForm(forms.Form):
    """A login for the invited address, whose owner holds the link."""

    full_name = TidyField(
        label="Your name", max_length=200, widget=forms.TextInput({"autocomplete": "name"})
    )
    password = forms.CharField(
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, invitation: TeamInvitation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        name = self.cleaned_data.get("full_name", "")
        validate_password(password, User(email=self.invitation.email, full_name=name))
        return password
