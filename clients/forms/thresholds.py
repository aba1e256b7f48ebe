"""The form of Practice Settings > Alert thresholds (F-100a)."""

from typing import Any

from django import forms

from practice.models import Firm
from practice.models.firms import MOST_ACCESS_DAYS

LONGEST = 365
NAMES = (
    "login_alert_days",
    "transaction_alert_days",
    "low_engagement",
    "mass_downloads",
    "new_country_days",
    "inactive_days",
    "dormant_days",
    "usage_days",
    "access_days",
    "access_warning_days",
)


class ThresholdsForm(forms.Form):
    login_alert_days = forms.IntegerField(
        label="Client hasn’t logged in, days",
        min_value=1,
        max_value=LONGEST,
        help_text="From so many times 24 hours since the last login on there is an alert.",
    )
    transaction_alert_days = forms.IntegerField(
        label="No new transactions, days",
        min_value=1,
        max_value=LONGEST,
        help_text="From so many times 24 hours since the last transaction on there is an alert.",
    )
    low_engagement = forms.IntegerField(
        label="Low engagement, below",
        min_value=0,
        max_value=100,
        help_text="Of 100 points. A score under this is an alert; 0 switches the warning off.",
    )

    mass_downloads = forms.IntegerField(
        label="Unusual activity, downloads within an hour",
        min_value=0,
        max_value=1000,
        help_text="From so many files of one person on, Super Admins are told by mail;"
        " 0 switches it off.",
    )

    new_country_days = forms.IntegerField(
        label="Unusual activity, sign-in from a new country, days",
        min_value=0,
        max_value=1000,
        help_text="A country is new where a person has not signed in from it for so many days;"
        " 0 switches it off.",
    )

    inactive_days = forms.IntegerField(
        label="Inactive, days",
        min_value=1,
        max_value=LONGEST,
        help_text="Without activity, in the client list and on dashboards.",
    )
    dormant_days = forms.IntegerField(
        label="Dormant, days", min_value=2, max_value=LONGEST, help_text="Longer than inactive."
    )
    usage_days = forms.IntegerField(
        label="In-Active by usage, days",
        min_value=1,
        max_value=LONGEST,
        help_text="Without a job booked, in the Usage column and filter.",
    )

    access_days = forms.IntegerField(
        label="Access expires, days",
        min_value=2,
        max_value=MOST_ACCESS_DAYS,
        help_text="Without a visit by your firm. 60 at most: this protects the client.",
        error_messages={
            "max_value": "Access ends after 60 days at most, which protects the client. You may"
            " choose fewer."
        },
    )
    access_warning_days = forms.IntegerField(
        label="Warning before access expires, days",
        min_value=1,
        max_value=MOST_ACCESS_DAYS,
        help_text="Without a visit. Whoever is assigned is told once.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        inactive, dormant = cleaned.get("inactive_days"), cleaned.get("dormant_days")
        if inactive and dormant and dormant <= inactive:
            self.add_error("dormant_days", "Dormant begins after inactive: choose more days.")
        access, warning = cleaned.get("access_days"), cleaned.get("access_warning_days")
        if access and warning and warning >= access:
            self.add_error("access_warning_days", "The warning comes before: choose fewer days.")
        return cleaned

    @property
    def alerts(self) -> list[forms.BoundField]:
        return [self[name] for name in NAMES[:5]]

    @property
    def clocks(self) -> list[forms.BoundField]:
        return [self[name] for name in NAMES[5:8]]

    @property
    def access(self) -> list[forms.BoundField]:
        return [self[name] for name in NAMES[8:]]

    @classmethod
    def initial_for(cls, firm: Firm) -> dict[str, Any]:
        return {name: getattr(firm, name) for name in NAMES}
