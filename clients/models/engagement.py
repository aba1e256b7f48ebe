"""The engagement score of a client account, 0 to 100, part by part (S0.62, F-094a).

Judged at each look from the usage snapshot and the time of asking, never stored. `SCORE` is the
same sum for PostgreSQL, for work over many clients; a test holds the two to each other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum

from clients.models.activity import UsageSnapshot

RECENT = timedelta(days=30)  # what the counts of a snapshot cover
OFTEN = timedelta(days=7)
OLD = timedelta(days=60)
BUSY = 20  # transactions in 30 days
MANY_REPORTS = 2
NEVER = "never"


class Level(IntEnum):
    """Halves of a part's weight, so that scores are whole numbers."""

    NONE = 0
    HALF = 1
    FULL = 2


@dataclass(frozen=True)
class Measure:
    """One part of the score: its weight in points, its rule in words, and how it is judged.

    `sql` is the level for PostgreSQL: `u` is the snapshot, `%(now)s` the time.
    """

    name: str
    weight: int
    rule: str
    level: Callable[[UsageSnapshot, datetime], Level]
    sql: str


@dataclass(frozen=True)
class Part:
    """A measure with its points; `value` says what the snapshot holds, `day` dates it."""

    measure: Measure
    points: int
    value: str
    day: date | None = None


@dataclass(frozen=True)
class Engagement:
    total: int
    parts: tuple[Part, ...]


def hours(span: timedelta) -> str:
    """For PostgreSQL: days of 24 hours, whatever the clocks do (C26)."""
    return f"interval '{span // timedelta(hours=1)} hours'"


def by_age(age: timedelta, full: timedelta, half: timedelta) -> Level:
    if age < full:
        return Level.FULL
    return Level.HALF if age < half else Level.NONE


def by_count(count: int, many: int) -> Level:
    if count >= many:
        return Level.FULL
    return Level.HALF if count else Level.NONE


def is_stale(usage: UsageSnapshot, now: datetime) -> bool:
    """Nothing was reported for so long that what it counted lies outside the 30 days."""
    return now - usage.taken_at >= RECENT


def login(usage: UsageSnapshot, now: datetime) -> Level:
    last = usage.last_login_at
    return by_age(now - last, OFTEN, RECENT) if last else Level.NONE


def transactions(usage: UsageSnapshot, now: datetime) -> Level:
    return by_count(0 if is_stale(usage, now) else usage.transactions, BUSY)


def invoices(usage: UsageSnapshot, now: datetime) -> Level:
    last = usage.latest_invoice_on
    return by_age(now.astimezone(UTC).date() - last, RECENT, OLD) if last else Level.NONE


def banking(usage: UsageSnapshot, _now: datetime) -> Level:
    working = usage.bank_accounts - usage.bank_accounts_expired
    if working <= 0:
        return Level.NONE
    return Level.HALF if usage.bank_accounts_expired else Level.FULL


def reports(usage: UsageSnapshot, now: datetime) -> Level:
    return by_count(0 if is_stale(usage, now) else usage.reports_generated, MANY_REPORTS)


FRESH = f"u.taken_at > %(now)s - {hours(RECENT)}"
TODAY = "(%(now)s AT TIME ZONE 'UTC')::date"

MEASURES = (
    Measure(
        "Last login",
        30,
        f"all of it within {OFTEN.days} days, half within {RECENT.days}",
        login,
        f"CASE WHEN u.last_login_at > %(now)s - {hours(OFTEN)} THEN 2"
        f" WHEN u.last_login_at > %(now)s - {hours(RECENT)} THEN 1 ELSE 0 END",
    ),
    Measure(
        "Transactions in 30 days",
        20,
        f"all of it from {BUSY} on, half for fewer",
        transactions,
        f"CASE WHEN {FRESH} AND u.transactions >= {BUSY} THEN 2"
        f" WHEN {FRESH} AND u.transactions > 0 THEN 1 ELSE 0 END",
    ),
    Measure(
        "Latest invoice",
        20,
        f"all of it within {RECENT.days} days, half within {OLD.days}",
        invoices,
        f"CASE WHEN u.latest_invoice_on > {TODAY} - {RECENT.days} THEN 2"
        f" WHEN u.latest_invoice_on > {TODAY} - {OLD.days} THEN 1 ELSE 0 END",
    ),
    Measure(
        "Banking connections",
        20,
        "all of it when every one works, half when some have expired",
        banking,
        "CASE WHEN u.bank_accounts <= u.bank_accounts_expired THEN 0"
        " WHEN u.bank_accounts_expired > 0 THEN 1 ELSE 2 END",
    ),
    Measure(
        "Reports in 30 days",
        10,
        f"all of it from {MANY_REPORTS} on, half for one",
        reports,
        f"CASE WHEN {FRESH} AND u.reports_generated >= {MANY_REPORTS} THEN 2"
        f" WHEN {FRESH} AND u.reports_generated > 0 THEN 1 ELSE 0 END",
    ),
)
SCORE = " + ".join(f"{one.weight // Level.FULL} * ({one.sql})" for one in MEASURES)


def engagement_of(usage: UsageSnapshot, now: datetime) -> Engagement:
    values = values_of(usage, now)
    parts = tuple(
        Part(one, one.weight * one.level(usage, now) // Level.FULL, *values[one.name])
        for one in MEASURES
    )
    return Engagement(sum(part.points for part in parts), parts)


def values_of(usage: UsageSnapshot, now: datetime) -> dict[str, tuple[str, date | None]]:
    counted = {
        "Transactions in 30 days": usage.transactions,
        "Reports in 30 days": usage.reports_generated,
    }
    said: dict[str, tuple[str, date | None]] = {
        name: ("nothing reported for 30 days" if is_stale(usage, now) else f"{count:,}", None)
        for name, count in counted.items()
    }
    working = max(0, usage.bank_accounts - usage.bank_accounts_expired)
    banks = f"{working} of {usage.bank_accounts} working" if usage.bank_accounts else "none"
    said["Last login"] = ("" if usage.last_login_at else NEVER, usage.last_login_at)
    said["Latest invoice"] = ("" if usage.latest_invoice_on else NEVER, usage.latest_invoice_on)
    said["Banking connections"] = (banks, None)
    return said
