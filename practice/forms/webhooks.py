"""Adding and changing an address that hears of events (F-227)."""

from typing import Any

from django import forms

from practice.forms.api_keys import SHORTEST_ONCE, new_once
from practice.forms.fields import TidyField
from practice.gateways import Unsendable, target_of
from practice.models.webhooks import LONGEST_URL
from practice.roles import WebhookKind


class WebhookForm(forms.Form):
    """Whether the address is open to the internet, the action looks."""

    name = TidyField(
        max_length=120,
        error_messages={"required": "Enter a name."},
        help_text="The program that listens, such as “Job board, live”.",
    )
    url = TidyField(
        label="Address",
        max_length=LONGEST_URL,
        error_messages={"required": "Enter the address that events are sent to."},
        help_text="It begins with https:// and is open to the internet.",
    )
    kinds = forms.MultipleChoiceField(
        label="Events",
        choices=WebhookKind.to_choose,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick what it should hear of."},
    )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        try:
            target_of(url)
        except Unsendable as why:
            raise forms.ValidationError(str(why)) from why
        return url


class OnceForm(forms.Form):
    """`once` makes the secret: a form sent twice makes one."""

    once = forms.CharField(widget=forms.HiddenInput, max_length=200)

    def __init__(self, data: Any) -> None:
        if data is not None and len(data.get("once", "")) < SHORTEST_ONCE:
            data = data.copy()
            data["once"] = new_once()
        super().__init__(data, initial={"once": new_once()})


class WebhookAddForm(OnceForm, WebhookForm):
    field_order = ["name", "url", "kinds", "once"]


class WebhookRemoveForm(forms.Form):
    reason = TidyField(label="Reason", max_length=300, help_text="It is on record.")
