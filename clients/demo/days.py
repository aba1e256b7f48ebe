"""What the clients did day by day, so that the months of the Activity tab tell of something."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta

from clients.models import UsageDay, UsageSnapshot
from clients.models.usage import last_months


def days_of(snapshots: Iterable[UsageSnapshot]) -> Iterator[UsageDay]:
    """The transactions of each month of a snapshot, on one day of it, with logins and invoices."""
    for snapshot in snapshots:
        chance = random.Random(snapshot.connection_id)  # noqa: S311  # nosec B311
        last = snapshot.taken_at.astimezone(UTC).date()
        for month, transactions in zip(last_months(last), snapshot.monthly, strict=True):
            yield UsageDay(
                firm_id=snapshot.firm_id,
                connection_id=snapshot.connection_id,
                day=min(last, month + timedelta(days=14)),
                transactions=transactions,
                logins=transactions // 4 + chance.randrange(6),
                invoices=transactions // 7 + chance.randrange(3),
            )
