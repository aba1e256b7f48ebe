"""Handing an account over: whom the firm names, and the new owner's login (F-121)."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from practice.forms.fields import TidyField
from practice.models import User
from practice.text import fold, tidy

LONGEST_ADDRESS = 254


class OwnerForm(forms.Form):
    full_name = TidyField(
        label="Owner’s name", max_length=200, error_messages={"required": "Enter the name."}
    )
    email = forms.EmailField(
        label="Owner’s email",
        max_length=LONGEST_ADDRESS,
        help_text="The link goes to this address alone, and proves it.",
    )

    def clean_email(self) -> str:
        email = tidy(self.cleaned_data["email"]).lower()
        if len(fold(email)) > LONGEST_ADDRESS:
            raise forms.ValidationError("Enter a valid email address.")
        return email


class NewOwnerForm(forms.Form):
    """A login for the address whose owner holds the link."""

    full_name = TidyField(
        label="Your name", max_length=200, widget=forms.TextInput({"autocomplete": "name"})
    )
    password = forms.CharField(
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        name = self.cleaned_data.get("full_name", "")
        validate_password(password, User(email=self.email, full_name=name))
        return password
