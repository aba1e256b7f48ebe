"""Connecting a company by a branch's link (F-109, F-110)."""

from typing import Any

from django import forms

from clients.models import ClientAccount
from practice.forms.fields import TidyField

NEW = "new"


class NumberForm(forms.Form):
    """Which link the person looked at as they pressed the button."""

    number = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class SetupCompanyForm(forms.Form):
    """One of the person's own companies, or a new one."""

    company = forms.ChoiceField(label="Company", widget=forms.RadioSelect)
    name = TidyField(label="Name of the new company", max_length=300, required=False)
    tax_id = TidyField(label="Tax ID", max_length=60, required=False)

    def __init__(self, *args: Any, companies: list[ClientAccount], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.companies = {str(company.pk): company for company in companies}
        if not companies:
            del self.fields["company"]
            self.fields["name"].label = "Company name"
            self.fields["name"].required = True
            self.fields["name"].error_messages["required"] = "Enter the company’s name."
            return
        field: Any = self.fields["company"]
        own = [(key, company.name) for key, company in self.companies.items()]
        field.choices = [*own, (NEW, "Set up a new company")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("company") == NEW and not cleaned.get("name") and "name" not in self.errors:
            self.add_error("name", "Enter the company’s name.")
        return cleaned

    @property
    def account(self) -> ClientAccount | None:
        """None for a new one."""
        return self.companies.get(self.cleaned_data.get("company", NEW))


class ConnectForm(forms.Form):
    """The client's consent: a name and a tick; a message where there is something to say."""

    full_name = TidyField(
        label="Your name", max_length=200, error_messages={"required": "Enter your name."}
    )
    message = forms.CharField(
        label="Message to the firm",
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    agrees = forms.BooleanField(error_messages={"required": "Tick this to accept the connection."})

    def __init__(self, *args: Any, firm_name: str, company: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says = f"I agree that {firm_name} is connected to {company} and works with its data."
        self.fields["agrees"].label = says
