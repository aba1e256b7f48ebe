"""A client's own plan."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from billing.models import Plan
from billing.models.plans import prices_in
from practice.templatetags.wording import money_words


class PlanForm(forms.Form):
    """The plans that are offered in a currency, with the price of a month."""

    plan = forms.ChoiceField(label="Plan", widget=forms.RadioSelect)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = prices_in(currency)
        self.plans = {plan.code: plan for plan, _ in plans}
        field: Any = self.fields["plan"]
        field.choices = [(plan.code, face(plan, price, currency)) for plan, price in plans]

    def clean_plan(self) -> Plan:
        return self.plans[self.cleaned_data["plan"]]


def face(plan: Plan, price: Decimal, currency: str) -> SafeString:
    """What is chosen: name, price of a month, and what it can do."""
    return format_html(
        '<span><b>{}</b> {} a month<br><span class="help">{}</span></span>',
        plan.name,
        money_words(price, currency),
        " · ".join(plan.feature_names),
    )
