"""From a day to a day, both of them included."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from django import forms


class DaysForm(forms.Form):
    since = forms.DateField(
        required=False, label="From", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    until = forms.DateField(
        required=False, label="To", widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day lies before the first.")
        return cleaned

    def instants(self, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
        """Of the valid form: the beginning of the first day, and the end of the last."""
        facts = self.cleaned_data
        return midnight(facts["since"], zone), midnight(facts["until"], zone, days=1)


def midnight(day: date | None, zone: tzinfo, *, days: int = 0) -> datetime | None:
    """Days that lie outside of the calendar end with it."""
    if day is None:
        return None
    try:
        return datetime.combine(day + timedelta(days=days), time(), zone).astimezone(UTC)
    except OverflowError:
        return None
