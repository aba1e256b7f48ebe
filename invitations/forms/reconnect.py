"""Offering a connection anew, and the client's consent (F-080, F-081)."""

from typing import Any

from django import forms

from clients.roles import BillingModel
from practice.forms.fields import TidyField

SAME, NEW = "same", "new"
MODEL_HELP = {
    BillingModel.BILL_US: "Bill Us: your firm pays the client’s subscription.",
    BillingModel.CLIENT_PAYS: "Client Pays: the client pays its own subscription.",
}


class NewLinkForm(forms.Form):
    billing_model = forms.TypedChoiceField(
        label="Billing model",
        choices=[(model.value, words) for model, words in MODEL_HELP.items()],
        coerce=BillingModel,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose a billing model."},
        help_text="It cannot be changed once the client has connected.",
    )


class AcceptForm(forms.Form):
    """Consent: a name and a tick."""

    full_name = TidyField(
        label="Your name", max_length=200, error_messages={"required": "Enter your name."}
    )
    agrees = forms.BooleanField(error_messages={"required": "Tick this to accept."})

    def __init__(self, *args: Any, firm_name: str, company: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says = f"I agree that {firm_name} is connected to {company} and works with its data."
        self.fields["agrees"].label = says


class AcceptAnewForm(AcceptForm):
    """The same, with the account that is to be connected; a new one where it must be."""

    account = forms.ChoiceField(label="Account", widget=forms.RadioSelect)
    company = TidyField(label="Company name of the new account", max_length=300, required=False)

    field_order = ["account", "company", "full_name", "agrees"]

    def __init__(self, *args: Any, company: str, may_use_account: bool, **kwargs: Any) -> None:
        super().__init__(*args, company=company, **kwargs)
        present = [(SAME, f"Connect the present account of {company}")] if may_use_account else []
        field: Any = self.fields["account"]
        field.choices = [*present, (NEW, "Start with a new account")]
        field.initial = field.choices[0][0]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("account") == NEW and not cleaned.get("company"):
            self.add_error("company", "Enter the company’s name.")
        return cleaned

    @property
    def new_company(self) -> str:
        """ "" for the present account."""
        is_new = self.cleaned_data["account"] == NEW
        return str(self.cleaned_data["company"]) if is_new else ""
