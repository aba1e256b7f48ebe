"""The form of Extend Trial."""

from django import forms

from clients.models.accounts import MOST_DAYS, MOST_EXTENSIONS


class TrialForm(forms.Form):
    """`number`: the first or second extension, as the page showed it; a second click is none."""

    days = forms.IntegerField(
        label="Extend by, days",
        min_value=1,
        max_value=MOST_DAYS,
        help_text=f"At most {MOST_DAYS} days each time.",
    )
    number = forms.IntegerField(min_value=1, max_value=MOST_EXTENSIONS, widget=forms.HiddenInput)
