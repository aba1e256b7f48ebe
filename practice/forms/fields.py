"""Fields that several forms share."""

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
