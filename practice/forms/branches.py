"""What a branch says about itself, and its currency, which it says once."""

from functools import cache

from babel.numbers import get_currency_name, get_territory_currencies
from django import forms

from practice.countries import COUNTRIES
from practice.forms.fields import TidyField
from practice.models import Branch
from practice.text import fold

LONGEST_KEY = Branch._meta.get_field("email_key").max_length


@cache
def currencies() -> list[tuple[str, str]]:
    """Every currency that is legal tender somewhere today: GBP · British Pound."""
    codes = {code for country in COUNTRIES for code in get_territory_currencies(country)}
    return [(code, f"{code} · {get_currency_name(code, locale='en')}") for code in sorted(codes)]


def currency_of(country: str) -> str:
    """What a branch there most likely bills in."""
    return next(iter(get_territory_currencies(country)), "")


class BranchForm(forms.Form):
    name = TidyField(label="Branch name", max_length=120)
    email = forms.EmailField(
        label="Branch email",
        max_length=254,
        help_text="Clients who invite you by this address arrive at this branch.",
    )
    country = forms.ChoiceField(choices=list(COUNTRIES.items()))

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if len(fold(email)) > LONGEST_KEY:  # type: ignore[operator]
            raise forms.ValidationError("Enter a valid email address.")
        return email


class BranchAddForm(BranchForm):
    currency = forms.ChoiceField(
        label="Billing currency",
        choices=currencies,
        help_text="Frozen once the branch exists, so that its bills stay in one currency.",
    )
