"""What "Why can't they see it?" offers: what to ask about, and the assignment that answers it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.text import slugify

from clients import contact_rules as c
from clients import permissions as p
from clients.roles import ClientRole
from practice.forms.fields import TidyField
from practice.permissions import Category

Choices = list[tuple[str, list[tuple[str, str]]]]
# Signing belongs to the recipients of one document, and is asked there.
ACTIONS = {
    slugify(action.label): action
    for action in (
        c.OPEN_CLIENT,
        c.VIEW_OWN_QUESTIONS,
        c.ANSWER_OWN_QUESTIONS,
        c.VIEW_ALL_QUESTIONS,
        c.ANSWER_ALL_QUESTIONS,
        c.REASSIGN_QUESTIONS,
        c.VIEW_FILES,
        c.UPLOAD_FILES,
        c.VIEW_TAX,
        c.ACT_ON_TAX,
        c.VIEW_ORGANIZERS,
        c.ANSWER_ORGANIZERS,
        c.SEE_SIGNATURE_REQUESTS,
        c.VIEW_FINANCIALS,
        c.VIEW_REPORTS,
        c.VIEW_INVOICES,
        c.PAY_INVOICES,
        c.VIEW_COMPANY,
        c.EDIT_COMPANY,
    )
}


def questions_of_staff() -> Choices:
    """What can be asked of one client, by category (F-019)."""
    grouped: dict[str, list[tuple[str, str]]] = {category: [] for category in Category}
    for code in p.OF_ONE_CLIENT:
        grouped[code.category].append((code, code.label))
    return [(str(category), choices) for category, choices in grouped.items() if choices]


def questions_of_contacts() -> Choices:
    """What a client's own people do in the portal."""
    named = [(slug, action.label[0].upper() + action.label[1:]) for slug, action in ACTIONS.items()]
    return [("In the client portal", named)]


class WhatForm(forms.Form):
    """Nothing chosen asks the first question there is: whether they see the client at all."""

    permission = forms.ChoiceField(label="What", required=False)

    def __init__(self, data: Any, *, is_contact: bool, **options: Any) -> None:
        super().__init__(data, **options)
        field: Any = self.fields["permission"]
        field.choices = questions_of_contacts() if is_contact else questions_of_staff()

    @property
    def asked(self) -> str | None:
        """The name of the permission or the action; None for what cannot be asked."""
        if not self.is_valid():
            return None
        field: Any = self.fields["permission"]
        return self.cleaned_data["permission"] or str(field.choices[0][1][0][0])


class AssignForm(forms.Form):
    role = forms.ChoiceField(label="Role for this client")
    reason = TidyField(label="Reason", required=False, max_length=300)

    def __init__(self, data: Any, *, roles: Iterable[ClientRole], **options: Any) -> None:
        super().__init__(data, **options)
        field: Any = self.fields["role"]
        field.choices = [(role.value, role.label) for role in roles]
