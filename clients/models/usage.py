"""What clients do in their own accounts, event by event and day by day (C30, F-229).

The firm's own record of a client is `ActivityEvent`; these come from the client's package, by the
API or as a file. Nothing refers to an event, so that its table can be cut by month (0015).
"""

from collections.abc import Sequence
from datetime import UTC, date
from typing import Any

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


class UsageEvent(ConnectionOwned):
    """One event, known by the id that its sender gave it: the same id again is the same event.

    `count` is how many of a counted kind; `name` what an event about a bank feed, a gateway, an
    add-on or an accounting package is about.
    """

    # Both are led by an index below; of their own they would be written for nothing.
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+", db_index=False)
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    event_id = models.CharField(max_length=LONGEST_EVENT_ID)
    kind = models.CharField(max_length=20, choices=UsageKind)
    at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    name = models.CharField(max_length=LONGEST_NAME, blank=True)
    received_at = models.DateTimeField(default=clock.now)

    objects = FirmOwnedQuerySet["UsageEvent"].as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["firm", "event_id"], name="usage_event_known_once")
        ]
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

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+", db_index=False)
    connection = models.ForeignKey(
        Connection, on_delete=models.PROTECT, related_name="+", db_index=False
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
