"""Roles, single permissions and places of a team member (F-017…F-021)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms

from practice.actions.limits import lacking
from practice.forms.fields import TidyField
from practice.models import Branch, BranchMembership
from practice.permissions import (
    BRANCH_ROLE_GRANTS,
    CATALOGUE,
    PARENT_ROLE_GRANTS,
    Category,
    Permission,
    Reach,
    Standing,
)
from practice.roles import BRANCH_ROLE_HELP, PARENT_ROLE_HELP, BranchRole, ParentRole

NO_PARENT_ROLE = "none"  # an empty value would read as a choice that was not made


@dataclass(frozen=True)
class Option:
    """A role to choose. `lacks` says why this giver cannot."""

    value: str
    label: str
    help: str
    id: str
    is_on: bool
    lacks: str = ""


@dataclass(frozen=True)
class Right:
    """One permission of a place: held or not, by what, and why it cannot be changed here."""

    code: str
    label: str
    id: str
    is_on: bool
    source: str  # where it comes from: "by role", "added", "withdrawn", "by Viewer"
    is_changed: bool
    lock: str = ""
    is_kept: bool = False  # locked as it is: the form says so, as a disabled box says nothing


class ReasonField(TidyField):
    def __init__(self, **options: Any) -> None:
        help_text = "Stands in the history and in the audit trail."
        super().__init__(label="Reason", max_length=300, **{"help_text": help_text, **options})


class RightsForm(forms.Form):
    """The role on one branch and a box per permission: ticked is held (F-019).

    Boxes say what is held, so overrides are the ticks that differ from before, on top of those that
    are there, as far as the chosen role leaves them a meaning.
    """

    role = forms.ChoiceField(choices=BranchRole, widget=forms.RadioSelect)
    permissions = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, error_messages={"invalid_choice": ""}
    )
    reason = ReasonField(required=False)
    version = forms.CharField(widget=forms.HiddenInput)

    def __init__(
        self, data: Any, *, place: BranchMembership, giver: Standing, lacks: str = ""
    ) -> None:
        self.place, self.giver, self.lacks = place, giver, lacks
        self.held = place.standing.permissions
        super().__init__(
            data,
            auto_id=f"branch-{place.branch_id}-%s",
            initial={"role": place.role, "permissions": self.held, "version": place.version},
        )
        boxes: Any = self.fields["permissions"]
        boxes.choices = [(code, each.label) for code, each in grantable()]
        boxes.error_messages["invalid_choice"] = "This permission cannot be given on a branch."

    def overrides(self) -> dict[str, Any]:
        """What `change_branch_role` is asked for by the valid form."""
        ticked = frozenset(self.cleaned_data["permissions"])
        more, less = ticked - self.held, self.held - ticked
        return {
            "role": self.cleaned_data["role"],
            "added": (frozenset(self.place.added) | more) - less,
            "withdrawn": (frozenset(self.place.withdrawn) | less) - more,
            "version": self.cleaned_data["version"],
            "reason": self.cleaned_data["reason"],
        }

    def roles(self) -> Iterator[Option]:
        """For the template: the radio buttons, with what each role can do."""
        chosen = self["role"].value()
        for number, role in enumerate(BranchRole):
            beyond = self._lacking(BRANCH_ROLE_GRANTS[role]) and role != self.place.role
            yield Option(
                value=role.value,
                label=str(role.label),
                help=BRANCH_ROLE_HELP[role],
                id=f"{self['role'].auto_id}_{number}",
                is_on=role == chosen,
                lacks=self.lacks or ("It gives more than you have." if beyond else ""),
            )

    def categories(self) -> Iterator[tuple[Category, list[Right]]]:
        """For the template: the eight categories in their order, each with its permissions."""
        ticked = frozenset(self["permissions"].value() or ())
        for category in Category:
            codes = [each for each in CATALOGUE.values() if each.category == category]
            rights = [self._right(each, ticked) for each in codes if each.reach != Reach.CLIENT]
            yield category, rights

    def _right(self, permission: Permission, ticked: frozenset[str]) -> Right:
        is_firm = permission.reach == Reach.FIRM
        is_on = self._by_parent(permission) if is_firm else permission in ticked
        beyond = "You do not have it here." if self._lacking([permission]) else ""
        lock = "comes with a parent role" if is_firm else (self.lacks or beyond)
        return Right(
            code=str(permission),
            label=permission.label,
            id=f"{self['permissions'].auto_id}-{str(permission).replace('.', '-')}",
            is_on=is_on,
            source=self._source(permission),
            is_changed=permission in {*self.place.added, *self.place.withdrawn},
            lock=lock,
            is_kept=bool(lock) and not is_firm and is_on,
        )

    def _source(self, permission: str) -> str:
        if permission in self.place.added:
            return "added"
        if permission in self.place.withdrawn:
            return "withdrawn"
        if permission in self.held:
            return "by role"
        parent_role = self.place.member.parent_role
        return f"by {ParentRole(parent_role).label}" if self._by_parent(permission) else ""

    def _by_parent(self, permission: str) -> bool:
        parent_role = self.place.member.parent_role
        return bool(parent_role) and permission in PARENT_ROLE_GRANTS[parent_role]

    def _lacking(self, permissions: Iterable[str]) -> bool:
        return bool(lacking(self.giver, permissions, self.place.branch_id))


def grantable() -> list[tuple[str, Permission]]:
    """What may be added or withdrawn singly."""
    return [(code, each) for code, each in CATALOGUE.items() if each.reach == Reach.BRANCH]


class ParentRoleForm(forms.Form):
    role = forms.ChoiceField(
        label="Parent role",
        choices=[(NO_PARENT_ROLE, "None"), *ParentRole.choices],
        widget=forms.RadioSelect,
    )
    reason = ReasonField(required=False)
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, parent_role: str, lacks: str = "") -> None:
        initial = {"role": parent_role or NO_PARENT_ROLE, "version": parent_role}
        super().__init__(data, auto_id="parent-%s", initial=initial)
        self.lacks = lacks

    def clean_role(self) -> str:
        role = str(self.cleaned_data["role"])
        return "" if role == NO_PARENT_ROLE else role

    def roles(self) -> Iterator[Option]:
        chosen = self["role"].value()
        names = [("", "None"), *ParentRole.choices]
        for number, (role, label) in enumerate(names):
            value = role or NO_PARENT_ROLE
            yield Option(
                value=value,
                label=str(label),
                help=PARENT_ROLE_HELP[role],
                id=f"{self['role'].auto_id}_{number}",
                is_on=value == chosen,
                lacks=self.lacks,
            )


class BranchAddForm(forms.Form):
    """One more branch for a member."""

    branch = forms.ModelChoiceField(queryset=Branch.objects.none(), empty_label=None)
    role = forms.ChoiceField(
        choices=[(role.value, f"{role.label} – {BRANCH_ROLE_HELP[role]}") for role in BranchRole],
        widget=forms.RadioSelect,
        initial=BranchRole.MEMBER,
    )

    def __init__(self, data: Any, *, branches: Any) -> None:
        super().__init__(data)
        self.fields["branch"].queryset = branches  # type: ignore[attr-defined]


class RemovalForm(forms.Form):
    reason = ReasonField()
