"""The one narrow row per client that lists and checks read, kept in step with the events (C30)."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection as database

from clients.models import UsageEvent
from clients.roles import USAGE_STATES, UsageKind
from practice.models import Firm

MONTHS = 12
RECENT_DAYS = 30
LARGEST = 2**31 - 1
MOST_BANKS = 2**15 - 1

LATEST = {
    UsageKind.TRANSACTION: "last_transaction_at",
    UsageKind.LOGIN: "last_login_at",
    UsageKind.JOB_BOOKED: "last_job_at",
}
LATEST_DAY = {
    UsageKind.INVOICE: "latest_invoice_on",
    UsageKind.RECONCILIATION: "last_reconciled_on",
}
STATES = {  # with the type of the column
    "bank_accounts": "smallint",
    "bank_accounts_expired": "smallint",
    "payment_gateways": "text[]",
    "add_ons": "text[]",
    "accounting_package": "text",
}
JOBS = {UsageKind.JOB_BOOKED, UsageKind.JOB_SCHEDULED, UsageKind.JOB_SENT}

TYPES = ", ".join(
    [
        "id bigint",
        "added bigint[]",
        "has_jobs boolean",
        "has_reports boolean",
        *(f"{name} timestamptz" for name in LATEST.values()),
        *(f"{name} date" for name in LATEST_DAY.values()),
        *(f"{name} {kind}" for name, kind in STATES.items()),
    ]
)
# An element outside an array is NULL, and so is what a batch does not speak of.
RENEWED = ",\n  ".join(
    [
        *(
            f"{name} = greatest(s.{name}, r.{name})"
            for name in (*LATEST.values(), *LATEST_DAY.values())
        ),
        *(f"{name} = coalesce(r.{name}, s.{name})" for name in STATES),
    ]
)
# Taken so long ago that all of it is worked out with the first report.
MAKE = """
INSERT INTO clients_usagesnapshot (connection_id, firm_id, taken_at, monthly, transactions,
  transactions_allowed, reports_generated, features, bank_accounts, bank_accounts_expired,
  payment_gateways, integrations, accounting_package)
SELECT id, %(firm)s, 'epoch', '{}', 0, 0, 0, '{}', 0, 0, '{}', '{}', ''
FROM unnest(%(ids)s::bigint[]) AS id
"""
MONTH_TAKEN = f"""(extract(year FROM s.taken_at AT TIME ZONE 'UTC')::int * {MONTHS}
      + extract(month FROM s.taken_at AT TIME ZONE 'UTC')::int - 1)"""
MONTHLY = f"""ARRAY(
    SELECT least({LARGEST},
      coalesce(s.monthly[place + passed.months - {MONTHS} + cardinality(s.monthly)], 0)
      + coalesce(r.added[place], 0))
    FROM (SELECT least({MONTHS}, greatest(0, %(month)s - {MONTH_TAKEN})) AS months) AS passed,
      generate_series(1, {MONTHS}) AS place
    ORDER BY place)"""  # nosec B608
RECENT = f"""(SELECT least({LARGEST}, coalesce(sum(d.{{}}), 0))
    FROM clients_usageday d WHERE d.connection_id = r.id AND d.day > %(since)s)"""  # nosec B608


def unless(untold: str, column: str, worked_out: str) -> str:
    """Most reports of a day change neither months nor sums: these stand until a day has passed."""
    is_same = f"{untold} AND s.taken_at >= %(today)s"
    return f"{column} = CASE WHEN {is_same} THEN s.{column} ELSE {worked_out} END"


RENEW = f"""
UPDATE clients_usagesnapshot s SET
  taken_at = %(now)s,
  {unless(f"r.added IS NULL AND cardinality(s.monthly) = {MONTHS}", "monthly", MONTHLY)},
  {unless("r.added IS NULL", "transactions", RECENT.format("transactions"))},
  {unless("r.has_reports IS NULL", "reports_generated", RECENT.format("reports"))},
  unscheduled_jobs = CASE WHEN r.has_jobs
    THEN least({LARGEST}, greatest(0, jobs.booked - jobs.scheduled)) ELSE s.unscheduled_jobs END,
  unsent_jobs = CASE WHEN r.has_jobs
    THEN least({LARGEST}, greatest(0, jobs.scheduled - jobs.sent)) ELSE s.unsent_jobs END,
  {RENEWED}
FROM jsonb_to_recordset(%(said)s::jsonb) AS r({TYPES})
LEFT JOIN LATERAL (
  SELECT sum(d.jobs_booked) AS booked, sum(d.jobs_scheduled) AS scheduled, sum(d.jobs_sent) AS sent
  FROM clients_usageday d WHERE d.connection_id = r.id AND r.has_jobs) AS jobs ON true
WHERE s.connection_id = r.id
RETURNING s.connection_id
"""  # nosec B608


@dataclass(frozen=True, slots=True)
class Taken:
    """An event that was new."""

    connection_id: int
    kind: UsageKind
    at: datetime
    count: int


def renew_snapshots(firm: Firm, made: Sequence[Taken], now: datetime) -> None:
    """Bring the snapshots of these events' clients up to date. The clients are locked.

    Sums are read from the days, so that they mend themselves; months are added to.
    """
    events: dict[int, list[Taken]] = defaultdict(list)
    for one in made:
        events[one.connection_id].append(one)
    changed = {one.connection_id for one in made if one.kind in USAGE_STATES}
    states = states_of(changed) if changed else {}
    said = [{"id": pk, **what_is_said(own, states.get(pk), now)} for pk, own in events.items()]
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    words: dict[str, Any] = {
        "firm": firm.pk,
        "now": now,
        "today": today,
        "month": month_number(now),
        "since": today.date() - timedelta(days=RECENT_DAYS),
    }
    with database.cursor() as cursor:
        cursor.execute(RENEW, {**words, "said": json.dumps(said)})
        renewed = {pk for (pk,) in cursor.fetchall()}
        if missing := [one for one in said if one["id"] not in renewed]:
            cursor.execute(MAKE, {**words, "ids": [one["id"] for one in missing]})
            cursor.execute(RENEW, {**words, "said": json.dumps(missing)})


States = list[tuple[UsageKind, str]]


def states_of(ids: Iterable[int]) -> dict[int, States]:
    """The last event about each thing with a name. Those of one thing may come in any order."""
    events = UsageEvent.objects.filter(connection_id__in=ids, kind__in=USAGE_STATES)
    events = events.order_by("connection_id", "at", "pk")
    last: dict[tuple[int, str, str], UsageKind] = {}
    for pk, kind, name in events.values_list("connection_id", "kind", "name").iterator():
        last.pop((pk, thing(kind), name), None)  # the newest last
        last[pk, thing(kind), name] = UsageKind(kind)
    states: dict[int, States] = defaultdict(list)
    for (pk, _, name), kind in last.items():
        states[pk].append((kind, name))
    return states


def thing(kind: str) -> str:
    """bank, gateway, add_on or package."""
    return kind.rpartition("_")[0]


def what_is_said(events: list[Taken], states: States | None, now: datetime) -> dict[str, Any]:
    """Of one client, for PostgreSQL's JSON: only what the batch speaks of."""
    said: dict[str, Any] = {}
    latest: dict[str, datetime] = {}
    for one in events:
        if name := LATEST.get(one.kind) or LATEST_DAY.get(one.kind):
            latest[name] = max(one.at, latest.get(name, one.at))
    for name, at in latest.items():
        is_day = name in LATEST_DAY.values()
        said[name] = (at.astimezone(UTC).date() if is_day else at).isoformat()
    if added := by_month(events, now):
        said["added"] = added
    if any(one.kind in JOBS for one in events):
        said["has_jobs"] = True
    if any(one.kind == UsageKind.REPORT for one in events):
        said["has_reports"] = True
    if states:
        things = {thing(one.kind) for one in events if one.kind in USAGE_STATES}
        said |= stand(states, things)
    return said


def by_month(events: list[Taken], now: datetime) -> list[int]:
    """Transactions of twelve months that end with this one, in UTC; empty where there are none."""
    months, this = [0] * MONTHS, month_number(now)
    for one in events:
        back = max(0, this - month_number(one.at))
        if one.kind == UsageKind.TRANSACTION and back < MONTHS:
            months[MONTHS - 1 - back] += one.count
    return months if any(months) else []


def month_number(at: datetime) -> int:
    day = at.astimezone(UTC)
    return day.year * MONTHS + day.month - 1


def stand(states: States, things: set[str]) -> dict[str, Any]:
    """Only what the batch spoke of: the rest may have come to the snapshot in another way."""

    def named(kind: UsageKind) -> list[str]:
        return [name for one, name in states if one == kind]

    found: dict[str, Any] = {}
    if "bank" in things:
        expired = len(named(UsageKind.BANK_EXPIRED))
        connected = len(named(UsageKind.BANK_CONNECTED))
        found["bank_accounts"] = min(MOST_BANKS, connected + expired)
        found["bank_accounts_expired"] = min(MOST_BANKS, expired)
    if "gateway" in things:
        found["payment_gateways"] = sorted(named(UsageKind.GATEWAY_CONNECTED))
    if "add_on" in things:
        found["add_ons"] = sorted(named(UsageKind.ADD_ON_ACTIVATED))
    if "package" in things:
        found["accounting_package"] = (named(UsageKind.PACKAGE_CONNECTED) or [""])[-1]
    return found
