"""Inviting an accountant from External Access (F-114)."""

from typing import Any

from django import forms

from practice.forms.fields import TidyField
from practice.text import fold, tidy

LONGEST_ADDRESS = 254


class InviteFirmForm(forms.Form):
    """The branch's address, and the client's consent: a name and a tick (C8)."""

    email = forms.EmailField(
        label="Branch email",
        max_length=LONGEST_ADDRESS,
        help_text="Your accountant tells you the address of its branch.",
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    message = forms.CharField(required=False, max_length=2000, widget=forms.Textarea({"rows": 3}))
    full_name = TidyField(
        label="Your name", max_length=200, error_messages={"required": "Enter your name."}
    )
    agrees = forms.BooleanField(error_messages={"required": "Tick this to send it."})

    def __init__(self, *args: Any, company: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says = f"I agree that the firm is connected to {company} and works with its data."
        self.fields["agrees"].label = says

    def clean_email(self) -> str:
        email = tidy(self.cleaned_data["email"]).lower()
        if len(fold(email)) > LONGEST_ADDRESS:
            raise forms.ValidationError("Enter a valid email address.")
        return email
