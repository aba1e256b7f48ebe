"""Forms about contacts: who they are, and what they may do (F-149…F-151a)."""

from collections.abc import Collection
from typing import Any

from django import forms

from clients.models import ContactAccess
from portal.actions.contacts import PERMISSIONS
from practice.forms.fields import IdsField, TidyField

LONGEST_ADDRESS = 254
IMPLIES = "Client admin includes the other three."
PRESETS = {
    "": "As ticked below",
    **{column: f"{label} alone" for column, label in PERMISSIONS.items()},
    "none": "None",
}
PRESETS["is_client_admin"] = "Client admin: all of them"


class PermissionsField(forms.MultipleChoiceField):
    """Any of the four contact permissions, by column."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label="Contact permissions",
            choices=list(PERMISSIONS.items()),
            widget=forms.CheckboxSelectMultiple,
            required=False,
            help_text=IMPLIES,
            **options,
        )


class ContactForm(forms.Form):
    """A preset other than “As ticked below” replaces the ticks (C11)."""

    name = TidyField(max_length=200)
    email = forms.EmailField(max_length=LONGEST_ADDRESS)
    phone = TidyField(
        max_length=60,
        required=False,
        help_text="With its country code, as in +44 7700 900123, for text messages.",
    )
    preset = forms.ChoiceField(
        label="Preset",
        choices=list(PRESETS.items()),
        required=False,
        help_text="Anything but “As ticked below” replaces the ticks.",
    )
    permissions = PermissionsField()

    @classmethod
    def initial_for(cls, access: ContactAccess) -> dict[str, Any]:
        contact = access.contact
        return {
            "name": contact.name,
            "email": contact.email,
            "phone": contact.phone,
            "permissions": ticks_of(access),
        }

    def keep_person(self, why: str) -> None:
        """Name, email and phone are shown, and stay as they are."""
        for name in ("name", "email", "phone"):
            self.fields[name].disabled = True
        self.fields["email"].required = False
        self.fields["name"].help_text = why

    @property
    def answers(self) -> dict[str, Any]:
        """As the actions take them."""
        data = self.cleaned_data
        chosen = chosen_permissions(data["preset"], data["permissions"])
        person = {name: data[name] for name in ("name", "email", "phone")}
        return {**person, "permissions": chosen}


def ticks_of(access: ContactAccess) -> list[str]:
    if access.is_client_admin:
        return list(PERMISSIONS)
    return [column for column in PERMISSIONS if getattr(access, column)]


def chosen_permissions(preset: str, ticks: Collection[str]) -> frozenset[str]:
    if preset == "none":
        return frozenset()
    return frozenset([preset] if preset else ticks)


class ClientsForm(forms.Form):
    """Which clients a contact has (F-153a): `had` were ticked when the page was made."""

    had = IdsField(required=False)
    clients = IdsField(required=False)
    permissions = PermissionsField()

    @property
    def answers(self) -> dict[str, frozenset[Any]]:
        """As the action takes them."""
        had, now = frozenset(self.cleaned_data["had"]), frozenset(self.cleaned_data["clients"])
        permissions = frozenset(self.cleaned_data["permissions"])
        return {"added": now - had, "removed": had - now, "permissions": permissions}


class ColleagueForm(forms.Form):
    """Whom a Client admin invites, and to what."""

    name = TidyField(max_length=200)
    email = forms.EmailField(max_length=LONGEST_ADDRESS)
    phone = TidyField(max_length=60, required=False)
    permissions = PermissionsField()

    @property
    def answers(self) -> dict[str, Any]:
        """As the action takes them."""
        return {**self.cleaned_data, "permissions": frozenset(self.cleaned_data["permissions"])}


class InvitingForm(forms.Form):
    lets_contacts_invite = forms.BooleanField(
        label="Client admins may invite colleagues", required=False
    )
