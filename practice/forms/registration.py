"""Sign-up: a person and their firm (F-002)."""

from django import forms
from django.http import HttpRequest

from practice.actions.firms import register_firm
from practice.forms.fields import TidyField
from practice.models import User


class RegistrationFields(forms.Form):
    """What sign-up asks beside email and password; allauth builds its form upon this one."""

    full_name = TidyField(
        label="Your name",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name", "autofocus": True}),
    )
    firm_name = TidyField(
        label="Firm name",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    field_order = ("full_name", "firm_name", "email", "password1")

    def signup(self, request: HttpRequest, user: User) -> None:
        register_firm(name=self.cleaned_data["firm_name"], by=user)
