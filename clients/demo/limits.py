"""Clients that stand on a limit: the day before it and the day of it (C26, F-030, F-095…F-099),
and one for each health check that fails (F-130…F-134)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from practice import clock

BOUNDARY_TAG = "Boundary"
FIRST = 12  # of the bulk set: the clients before it show every script


@dataclass(frozen=True)
class Limit:
    """`fact` is a field of the snapshot or of the connection, at `days` or at `value`; `others`
    are further fields of the snapshot."""

    says: str
    fact: str
    days: int = 0
    value: Any = None
    others: Mapping[str, Any] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """An hour past the limit, so that it holds for the rest of the day of loading."""
        return clock.now() - timedelta(days=self.days, hours=1)

    @property
    def setting(self) -> Any:
        return self.at if self.days else self.value


LIMITS = (
    *(
        Limit(f"Last activity {days} days ago", "last_activity_at", days)
        for days in (29, 30, 59, 60, 89, 90)
    ),
    *(Limit(f"Last job booked {days} days ago", "last_job_at", days) for days in (6, 7)),
    *(
        Limit(f"Account last opened {days} days ago", "last_accessed_at", days)
        for days in (53, 59, 60)
    ),
    *(Limit(f"Client last signed in {days} days ago", "last_login_at", days) for days in (29, 30)),
    *(Limit(f"Last transaction {days} days ago", "last_transaction_at", days) for days in (59, 60)),
    Limit("One bank connection has expired", "bank_accounts_expired", value=1),
    Limit(
        "Engagement is low",
        "bank_accounts",
        value=0,
        others={"transactions": 3, "reports_generated": 0, "latest_invoice_on": None},
    ),
    Limit("No accounting package is connected", "accounting_package", value=""),
    Limit("Five jobs stand without a date", "unscheduled_jobs", value=5),
    Limit("Three jobs were not sent on", "unsent_jobs", value=3),
    Limit("No add-on is activated", "add_ons", value=()),
    Limit("No job was ever booked", "last_job_at"),
    Limit("No activity was ever seen", "last_activity_at"),
    Limit("The account was never opened", "last_accessed_at"),
    Limit("The firm asked for access", "access_requested_at", 1),
    Limit("The client disabled the firm’s access", "access_disabled_at", 1),
)


def limit_of(index: int) -> Limit | None:
    """The limit on which the client of this place in the bulk set stands."""
    place = index - FIRST
    return LIMITS[place] if 0 <= place < len(LIMITS) else None
