"""Creating and revoking a key of the API (F-226)."""

import secrets
from typing import Any

from django import forms

from practice.forms.fields import TidyField
from practice.models.api_keys import LONGEST_NAME
from practice.roles import API_SCOPE_HELP, ApiScope

SHORTEST_ONCE = 32


def new_once() -> str:
    return secrets.token_urlsafe(32)


class ApiKeyForm(forms.Form):
    """`once` makes the secret: a form sent twice is one key."""

    name = TidyField(
        max_length=LONGEST_NAME,
        error_messages={"required": "Enter a name."},
        help_text="The program that will use it, such as “Job board, live”.",
    )
    scopes = forms.MultipleChoiceField(
        label="May",
        choices=[(scope.value, f"{scope.label} · {API_SCOPE_HELP[scope]}") for scope in ApiScope],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick what the key may do."},
        help_text="Give a key no more than its program needs.",
    )
    once = forms.CharField(widget=forms.HiddenInput, max_length=200)

    def __init__(self, data: Any) -> None:
        if data is not None and len(data.get("once", "")) < SHORTEST_ONCE:
            data = data.copy()
            data["once"] = new_once()
        super().__init__(data, initial={"once": new_once()})


class ApiKeyRevokeForm(forms.Form):
    reason = TidyField(label="Reason", max_length=300, help_text="It is on record.")
