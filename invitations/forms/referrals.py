"""Naming a referral link, and signing up by one (F-119)."""

from django import forms

from practice.forms.fields import TidyField
from practice.forms.sign_up import PersonSignUpForm
from practice.text import fold

LONGEST_KEY = 240


class ReferralLinkForm(forms.Form):
    name = TidyField(
        max_length=120,
        error_messages={"required": "Enter a name."},
        help_text="For yourselves: where you put the link, such as “Newsletter, spring”.",
    )

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if len(fold(name)) > LONGEST_KEY:
            raise forms.ValidationError("Use a shorter name.")
        return name


class ReferralSignUpForm(PersonSignUpForm):
    """A person with the company that they own."""

    company = TidyField(
        label="Company name",
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    field_order = ("full_name", "company", "email", "password1")
