"""What operators type about prices."""

from typing import Any

from django import forms

from billing.models import PlanPrice
from practice.forms.branches import currencies

BEGUN = "This month has begun. A new price is valid from a coming one."


class PlanPriceForm(forms.ModelForm):
    class Meta:
        model = PlanPrice
        fields = ("plan", "currency", "amount", "starts_on")

    def clean_currency(self) -> str:
        code: str = self.cleaned_data["currency"].strip().upper()
        if code not in dict(currencies()):
            raise forms.ValidationError("No branch can bill in this currency.")
        return code

    def clean(self) -> dict[str, Any]:
        """A second price cannot begin in the past; the first of a plan and currency may."""
        found: dict[str, Any] = super().clean() or self.cleaned_data
        starts_on, plan = found.get("starts_on"), found.get("plan")
        if self.instance.pk is None and starts_on and plan:
            others = PlanPrice.objects.filter(plan=plan, currency=found.get("currency"))
            if PlanPrice(starts_on=starts_on).has_begun and others.exists():
                self.add_error("starts_on", BEGUN)
        return found
