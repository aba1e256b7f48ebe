"""Forms about access reviews (F-225)."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import QueryDict

from clients.models import AccessReviewItem, Decision
from practice import clock
from practice.models import Branch
from practice.models.firms import BranchQuerySet

DAYS_TO_DECIDE = 14
PREFIX = "decision_"
MOST_AT_ONCE = 200


def usual_due_date() -> date:
    return clock.today() + timedelta(days=DAYS_TO_DECIDE)


class ReviewStartForm(forms.Form):
    branch: Any = forms.ModelChoiceField(queryset=Branch.objects.none(), empty_label=None)
    due_on = forms.DateField(
        label="Due on",
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        initial=usual_due_date,
        help_text="Owners of the branch get a reminder when it is not signed off by then.",
    )

    def __init__(self, data: Any, *, branches: BranchQuerySet, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["branch"].queryset = branches  # type: ignore[attr-defined]

    def clean_due_on(self) -> date:
        due_on: date = self.cleaned_data["due_on"]
        if due_on < clock.today():
            raise forms.ValidationError("The date has passed already. Choose a later one.")
        return due_on


class DecisionsForm(forms.Form):
    """`decision_<item id>` for each line of the page; lines without a choice stay as they are."""

    note = forms.CharField(required=False, max_length=300)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.asked = {
            name.removeprefix(PREFIX): value
            for name, value in data.items()
            if name.startswith(PREFIX) and value
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        sound = all(
            key.isascii() and key.isdigit() and len(key) < 19 and value in Decision.values
            for key, value in self.asked.items()
        )
        if not sound or len(self.asked) > MOST_AT_ONCE:
            raise forms.ValidationError("This form is damaged. Load the page again.")
        if not self.asked:
            raise forms.ValidationError("Choose Keep or Remove for one line at least.")
        cleaned["decisions"] = {int(key): value for key, value in self.asked.items()}
        return cleaned


def field_name(item: AccessReviewItem) -> str:
    return f"{PREFIX}{item.pk}"
