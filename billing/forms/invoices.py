"""The filter of the invoices."""

from django import forms

from billing.models.invoices import BranchInvoiceQuerySet
from billing.roles import InvoiceStatus

SHOWN = [choice for choice in InvoiceStatus.choices if choice[0] != InvoiceStatus.DRAFT]


class InvoiceFilterForm(forms.Form):
    status = forms.ChoiceField(
        required=False, label="Status", choices=[("", "All statuses"), *SHOWN]
    )

    @property
    def is_filtered(self) -> bool:
        return bool(self.data.get("status"))

    def narrow(self, rows: BranchInvoiceQuerySet) -> BranchInvoiceQuerySet:
        """What the valid part of the form asks for."""
        self.is_valid()
        status = self.cleaned_data.get("status")
        return rows.filter(status=status) if status else rows
