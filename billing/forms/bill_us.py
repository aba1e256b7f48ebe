"""Creating a client account that the branch pays for, step by step (F-116)."""

from collections.abc import Sequence
from typing import Any

from django import forms

from billing.forms.subscriptions import PlanForm
from clients.forms.connections import LONGEST_NUMBER, company_name
from practice.countries import COUNTRIES
from practice.forms.fields import TidyField
from practice.models import Branch
from practice.text import fold, tidy

LONGEST_ADDRESS = 254


class BranchForm(forms.Form):
    """Which branch pays, and so in which currency."""

    branch = forms.ModelChoiceField(
        queryset=Branch.objects.none(), label="Branch and currency", empty_label=None
    )

    def __init__(self, *args: Any, branches: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["branch"]
        field.queryset = branches
        field.label_from_instance = lambda branch: f"{branch.name} · {branch.currency}"


class AccountForm(forms.Form):
    """Company, contact and owner."""

    name = forms.CharField(label="Company name", max_length=300)
    client_number = forms.CharField(
        label="Client ID",
        max_length=40,
        required=False,
        help_text="The next number; type another one over it if you like.",
    )
    country = forms.ChoiceField(choices=list(COUNTRIES.items()))
    contact_name = TidyField(label="Contact name", max_length=200)
    contact_email = forms.EmailField(label="Contact email", max_length=LONGEST_ADDRESS)
    owner_name = TidyField(
        label="Account owner name",
        max_length=200,
        required=False,
        help_text="Left empty, the contact owns the account.",
    )
    owner_email = forms.EmailField(
        label="Account owner email",
        max_length=LONGEST_ADDRESS,
        required=False,
        help_text="Gets a mail to sign in by.",
    )

    def clean_name(self) -> str:
        return company_name(self.cleaned_data["name"])

    def clean_client_number(self) -> str:
        number = tidy(self.cleaned_data["client_number"])
        if len(fold(number)) > LONGEST_NUMBER:
            raise forms.ValidationError("Use plain letters and digits for the Client ID.")
        return number

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name, email = cleaned.get("owner_name"), cleaned.get("owner_email")
        if not name and not email and "owner_email" not in self.errors:
            cleaned["owner_name"] = cleaned.get("contact_name", "")
            cleaned["owner_email"] = cleaned.get("contact_email", "")
        elif not name:
            self.add_error("owner_name", "Say who owns the account, or leave both empty.")
        elif not email:
            self.add_error("owner_email", "Say where the owner is written to, or leave both empty.")
        for field in ("contact_email", "owner_email"):
            if len(fold(cleaned.get(field) or "")) > LONGEST_ADDRESS:
                self.add_error(field, "Enter a valid email address.")
        return cleaned


FIELDS: Sequence[str] = ("plan", *AccountForm.base_fields)
__all__ = ["FIELDS", "AccountForm", "BranchForm", "PlanForm"]
