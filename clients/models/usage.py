"""What clients do in their own accounts, event by event and day by day (C30, F-229).

The firm's own record of a client is `ActivityEvent`; these come from the client's package, by the
API or as a file. Their table is cut by month, so that nothing can refer to an event (0015).
"""

from collections.abc import Collection, Sequence
from datetime import UTC, date
from typing import Any

from django.db import connection as database
from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import TruncMonth

from clients.models.connections import Connection, ConnectionOwned
from clients.roles import USAGE_STATES, UsageKind
from practice import clock
from practice.models import Firm
from practice.tenancy import FirmOwnedQuerySet

LONGEST_EVENT_ID = 80
LONGEST_NAME = 60


class UsageEventQuerySet(FirmOwnedQuerySet["UsageEvent"]):
    def count_known(self, firm: Firm, event_ids: Collection[str]) -> int:
        """How many of these ids the firm has sent before."""
        with database.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM clients_usageeventid"
                " WHERE firm_id = %s AND event_id = ANY (%s)",
                [firm.pk, list(event_ids)],
            )
            return int(cursor.fetchone()[0])


class UsageEvent(ConnectionOwned):
    """One event, known by the id that its sender gave it: the same id again is the same event.

    That an id is taken once is held by `clients_usageeventid`, which `take_events` writes first.

    `count` is how many of a counted kind; `name` what an event about a bank feed, a gateway, an
    add-on or an accounting package is about.
    """

    # An index below leads both, and one key to client and firm together holds them (composite_key).
    firm = models.ForeignKey(Firm, models.PROTECT, "+", db_index=False, db_constraint=False)
    connection = models.ForeignKey(
        Connection, models.PROTECT, "+", db_index=False, db_constraint=False
    )
    event_id = models.CharField(max_length=LONGEST_EVENT_ID)
    kind = models.CharField(max_length=20, choices=UsageKind)
    at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=LONGEST_NAME, blank=True)
    received_at = models.DateTimeField(default=clock.now)

    objects = UsageEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["connection", "-at", "-id"], name="usage_by_connection"),
            models.Index(
                fields=["connection", "name"],
                name="usage_states",
                condition=Q(kind__in=[kind.value for kind in USAGE_STATES]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"


class UsageDayQuerySet(FirmOwnedQuerySet["UsageDay"]):
    def of_months(self, connection: Connection, names: Sequence[str]) -> dict[str, list[int]]:
        """Per column the sums of the twelve calendar months that end with this one, in UTC."""
        first, *_ = months = last_months(clock.now().astimezone(UTC).date())
        sums = {f"{name}_sum": Sum(name) for name in names}
        rows = self.filter(connection=connection, day__gte=first).order_by()
        found: Any = rows.annotate(month=TruncMonth("day")).values("month").annotate(**sums)
        by_month: dict[date, dict[str, int]] = {row["month"]: row for row in found}
        nothing = dict.fromkeys(sums, 0)
        return {
            name: [by_month.get(month, nothing)[f"{name}_sum"] for month in months]
            for name in names
        }


def last_months(today: date) -> list[date]:
    """The first days of twelve months, oldest first."""
    numbers = range(today.year * 12 + today.month - 12, today.year * 12 + today.month)
    return [date(number // 12, number % 12 + 1, 1) for number in numbers]


class UsageDay(ConnectionOwned):
    """How many of each counted kind there were on one day, in UTC."""

    firm = models.ForeignKey(Firm, models.PROTECT, "+", db_index=False, db_constraint=False)
    connection = models.ForeignKey(
        Connection, models.PROTECT, "+", db_index=False, db_constraint=False
    )
    day = models.DateField()
    logins = models.PositiveBigIntegerField(default=0)
    transactions = models.PositiveBigIntegerField(default=0)
    invoices = models.PositiveBigIntegerField(default=0)
    reconciliations = models.PositiveBigIntegerField(default=0)
    reports = models.PositiveBigIntegerField(default=0)
    jobs_booked = models.PositiveBigIntegerField(default=0)
    jobs_scheduled = models.PositiveBigIntegerField(default=0)
    jobs_sent = models.PositiveBigIntegerField(default=0)

    objects = UsageDayQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "day"], name="usage_day_once_per_client")
        ]

    def __str__(self) -> str:
        return f"{self.day}"
