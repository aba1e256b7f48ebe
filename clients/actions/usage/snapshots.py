"""The one narrow row per client that lists and checks read, kept in step with the events (C30)."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection as database
from django.db.models import Sum

from clients.models import UsageDay, UsageEvent, UsageSnapshot
from clients.roles import USAGE_STATES, UsageKind
from practice.models import Firm

MONTHS = 12
RECENT_DAYS = 30
LARGEST = 2**31 - 1

# What events say, with the type of its column. The rest of a snapshot is not theirs.
COLUMNS = {
    "connection_id": "bigint",
    "taken_at": "timestamptz",
    "monthly": "int[]",
    "transactions": "int",
    "reports_generated": "int",
    "last_transaction_at": "timestamptz",
    "last_login_at": "timestamptz",
    "last_job_at": "timestamptz",
    "latest_invoice_on": "date",
    "last_reconciled_on": "date",
    "bank_accounts": "smallint",
    "bank_accounts_expired": "smallint",
    "payment_gateways": "text[]",
    "accounting_package": "text",
    "add_ons": "text[]",
    "unscheduled_jobs": "int",
    "unsent_jobs": "int",
}
NAMES = ", ".join(COLUMNS)
TYPES = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
RENEWED = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "connection_id")
SAVE = f"""
INSERT INTO clients_usagesnapshot
  ({NAMES}, firm_id, transactions_allowed, features, integrations)
SELECT {NAMES}, %s, 0, '{{}}', '{{}}'
FROM jsonb_to_recordset(%s::jsonb) AS r({TYPES}) ORDER BY connection_id
ON CONFLICT (connection_id) DO UPDATE SET {RENEWED}
"""  # nosec B608

LATEST = {
    UsageKind.TRANSACTION: "last_transaction_at",
    UsageKind.LOGIN: "last_login_at",
    UsageKind.JOB_BOOKED: "last_job_at",
}
LATEST_DAY = {
    UsageKind.INVOICE: "latest_invoice_on",
    UsageKind.RECONCILIATION: "last_reconciled_on",
}
JOBS = {UsageKind.JOB_BOOKED, UsageKind.JOB_SCHEDULED, UsageKind.JOB_SENT}


@dataclass(frozen=True, slots=True)
class Taken:
    """An event that was new."""

    connection_id: int
    kind: UsageKind
    at: datetime
    count: int


@dataclass(frozen=True)
class Books:
    """What the tables say about the clients of a batch, beyond the batch itself."""

    recent: Mapping[int, Mapping[str, int]]
    jobs: Mapping[int, Mapping[str, int]]
    states: Mapping[int, list[tuple[UsageKind, str]]] = field(default_factory=dict)


def renew_snapshots(firm: Firm, made: Sequence[Taken], now: datetime) -> None:
    """Bring the snapshots of these events' clients up to date. The clients are locked."""
    events: dict[int, list[Taken]] = defaultdict(list)
    for one in made:
        events[one.connection_id].append(one)
    rows = UsageSnapshot.objects.in_bulk(list(events))
    books = books_of(made, list(events), now)
    renewed = [
        renew(rows.get(pk) or UsageSnapshot(connection_id=pk, taken_at=now), own, books, now)
        for pk, own in events.items()
    ]
    with database.cursor() as cursor:
        cursor.execute(SAVE, [firm.pk, json.dumps([record(row) for row in renewed])])


def books_of(made: Sequence[Taken], ids: list[int], now: datetime) -> Books:
    days = UsageDay.objects.filter(connection_id__in=ids).order_by()
    since = now.astimezone(UTC).date() - timedelta(days=RECENT_DAYS)
    busy = {one.connection_id for one in made if one.kind in JOBS}
    changed = {one.connection_id for one in made if one.kind in USAGE_STATES}
    return Books(
        recent=sums(days.filter(day__gt=since), "transactions", "reports"),
        jobs=sums(days.filter(connection_id__in=busy), "jobs_booked", "jobs_scheduled", "jobs_sent")
        if busy
        else {},
        states=states_of(changed) if changed else {},
    )


def sums(days: Any, *names: str) -> dict[int, dict[str, int]]:
    totals = {f"{name}_sum": Sum(name) for name in names}
    rows = days.values("connection_id").annotate(**totals)
    return {row["connection_id"]: {name: row[f"{name}_sum"] for name in names} for row in rows}


def states_of(ids: Iterable[int]) -> dict[int, list[tuple[UsageKind, str]]]:
    """The last event about each thing with a name. Those of one thing may come in any order."""
    events = UsageEvent.objects.filter(connection_id__in=ids, kind__in=USAGE_STATES)
    events = events.order_by("connection_id", "at", "pk")
    last: dict[tuple[int, str, str], UsageKind] = {}
    for pk, kind, name in events.values_list("connection_id", "kind", "name").iterator():
        last.pop((pk, thing(kind), name), None)  # the newest last
        last[pk, thing(kind), name] = UsageKind(kind)
    states: dict[int, list[tuple[UsageKind, str]]] = defaultdict(list)
    for (pk, _, name), kind in last.items():
        states[pk].append((kind, name))
    return states


def thing(kind: str) -> str:
    """bank, gateway, add_on or package."""
    return kind.rpartition("_")[0]


def renew(row: UsageSnapshot, events: list[Taken], books: Books, now: datetime) -> UsageSnapshot:
    pk = row.connection_id
    row.monthly = with_events(shifted(row.monthly, row.taken_at, now), events, now)
    recent = books.recent.get(pk, {})
    row.transactions = min(LARGEST, recent.get("transactions", 0))
    row.reports_generated = min(LARGEST, recent.get("reports", 0))
    row.taken_at = now
    for one in events:
        if name := LATEST.get(one.kind):
            setattr(row, name, later(getattr(row, name), one.at))
        if name := LATEST_DAY.get(one.kind):
            setattr(row, name, later(getattr(row, name), one.at.astimezone(UTC).date()))
    if jobs := books.jobs.get(pk):
        row.unscheduled_jobs = waiting(jobs["jobs_booked"], jobs["jobs_scheduled"])
        row.unsent_jobs = waiting(jobs["jobs_scheduled"], jobs["jobs_sent"])
    if states := books.states.get(pk):
        state(row, states, {thing(one.kind) for one in events if one.kind in USAGE_STATES})
    return row


def later(known: Any, said: Any) -> Any:
    return said if known is None else max(known, said)


def waiting(begun: int, done: int) -> int:
    return max(0, min(LARGEST, begun - done))


def state(row: UsageSnapshot, states: list[tuple[UsageKind, str]], things: set[str]) -> None:
    """Only what the batch spoke of: the rest may have come to the snapshot in another way."""

    def named(kind: UsageKind) -> list[str]:
        return [name for one, name in states if one == kind]

    if "bank" in things:
        expired = len(named(UsageKind.BANK_EXPIRED))
        connected = len(named(UsageKind.BANK_CONNECTED))
        row.bank_accounts = min(2**15 - 1, connected + expired)
        row.bank_accounts_expired = min(2**15 - 1, expired)
    if "gateway" in things:
        row.payment_gateways = sorted(named(UsageKind.GATEWAY_CONNECTED))
    if "add_on" in things:
        row.add_ons = sorted(named(UsageKind.ADD_ON_ACTIVATED))
    if "package" in things:
        row.accounting_package = (named(UsageKind.PACKAGE_CONNECTED) or [""])[-1]


def month_number(at: datetime | date) -> int:
    return at.year * MONTHS + at.month - 1


def shifted(monthly: Sequence[int], taken_at: datetime, now: datetime) -> list[int]:
    """Twelve months that end with this one, in UTC, of those that ended with another."""
    known = [0] * MONTHS + list(monthly)
    passed = month_number(now.astimezone(UTC)) - month_number(taken_at.astimezone(UTC))
    moved = known + [0] * min(max(0, passed), MONTHS)
    return moved[-MONTHS:]


def with_events(monthly: list[int], events: Iterable[Taken], now: datetime) -> list[int]:
    this = month_number(now.astimezone(UTC))
    for one in events:
        back = this - month_number(one.at.astimezone(UTC))
        if one.kind == UsageKind.TRANSACTION and back < MONTHS:
            place = MONTHS - 1 - max(0, back)
            monthly[place] = min(LARGEST, monthly[place] + one.count)
    return monthly


def record(row: UsageSnapshot) -> dict[str, Any]:
    """For PostgreSQL's JSON."""
    values = {name: getattr(row, name) for name in COLUMNS}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
