"""The clocks of a firm: when its clients are called inactive, dormant or unused (C26).

They count from different events and are set apart from each other, and from the alerts. Access to
an account ends after 60 days at most: that clock protects the client, and a firm may be stricter.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

from clients.models.activity import JOB_RECENT
from clients.models.connections import ACCESS_EXPIRES_AFTER, DORMANT_AFTER, INACTIVE_AFTER
from practice.models import Firm


@dataclass(frozen=True)
class Clocks:
    """Spans of 24 hours times the days; the usual ones where no firm is asked about."""

    inactive: timedelta = INACTIVE_AFTER
    dormant: timedelta = DORMANT_AFTER
    usage: timedelta = JOB_RECENT
    access: timedelta = ACCESS_EXPIRES_AFTER

    @classmethod
    def of(cls, firm: Firm) -> Self:
        days = (firm.inactive_days, firm.dormant_days, firm.usage_days, firm.access_days)
        return cls(*(timedelta(days=each) for each in days))

    @property
    def activity(self) -> list[tuple[str, str]]:
        """The three buckets, which exclude each other (F-030)."""
        return [
            ("active", "Active"),
            ("inactive", f"Inactive ({self.inactive.days} days)"),
            ("dormant", f"Dormant ({self.dormant.days} days)"),
        ]


USUAL = Clocks()
