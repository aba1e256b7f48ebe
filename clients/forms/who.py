"""The day that the permission time machine goes back to."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from practice import clock


class DayForm(forms.Form):
    on = forms.DateField(
        required=False,
        label="Who could open this client on",
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        error_messages={"invalid": "Enter a day, like 2026-03-31."},
    )

    def __init__(self, data: Any, **options: Any) -> None:
        super().__init__({"on": data.get("on") or clock.today().isoformat()}, **options)
        self.fields["on"].widget.attrs["max"] = clock.today().isoformat()

    def clean_on(self) -> date | None:
        day: date | None = self.cleaned_data["on"]
        if day and day > clock.today():
            raise forms.ValidationError("Choose today or a day in the past.")
        return day

    def instant(self) -> datetime | None:
        """The end of that day in the reader's zone; None for today, which means now."""
        day = self.cleaned_data["on"]
        if day is None or day == clock.today():
            return None
        midnight = datetime.combine(
            day + timedelta(days=1), time(), timezone.get_current_timezone()
        )
        return midnight - timedelta(microseconds=1)
