"""The page of the test gateway: cards to choose from; no number is typed anywhere."""

from django import forms

from billing.gateways.builtin import CARDS
from practice.forms.branches import currencies


class BuiltinCardForm(forms.Form):
    kind = forms.ChoiceField(
        label="Card",
        choices=[(c.kind, f"{c.brand} ending {c.last4}: {c.label}") for c in CARDS.values()],
        widget=forms.RadioSelect,
        initial="approve",
    )
    currency = forms.ChoiceField(label="Currency of the card", choices=currencies)
