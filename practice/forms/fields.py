"""Fields that several forms share."""

from typing import Any
from zoneinfo import available_timezones

from django import forms

from practice.text import tidy

ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix"))
)


class TidyField(forms.CharField):
    """One line of text without invisible characters; nothing visible counts as empty."""

    def to_python(self, value: object) -> str | None:
        cleaned = super().to_python(value)
        return tidy(cleaned) if cleaned else cleaned


class TimeZoneField(forms.ChoiceField):
    def __init__(self, **options: object) -> None:
        choices = [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in ZONES)]
        super().__init__(choices=choices, label="Time zone", **options)  # type: ignore[arg-type]


class IdsField(forms.TypedMultipleChoiceField):
    """Row ids in the URL. Which of them may be used, the view narrows; nothing is listed here."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.MultipleHiddenInput)
        super().__init__(coerce=int, **options)

    def valid_value(self, value: Any) -> bool:
        return str(value).isascii() and str(value).isdigit() and len(str(value)) < 19
