"""How the clients' accounts are used: snapshots, visits, and the timeline."""

import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from clients.demo.connections import Plan
from clients.demo.days import days_of
from clients.demo.people import Practice
from clients.models import (
    AccessVisit,
    ActivityEvent,
    Connection,
    EventKind,
    UsageDay,
    UsageSnapshot,
)
from clients.roles import ConnectionStatus
from practice import clock

FEATURES = ("Invoicing", "Bank feeds", "Expenses", "Payroll", "Stock", "Projects")
BANKS = ("Barclays feed", "Revolut feed", "Stripe", "PayPal")
PACKAGES = ("Ledgerline", "Bookwell", "Tallyroom")
ADD_ONS = ("Job costing", "Online booking", "Receipt capture", "Timesheets")
ACME, GOLF = "1010", "1014"
ACME_STORY = (
    (820, EventKind.CONNECTED, "Connected to London, Bill Us"),
    (790, EventKind.ACCESS, "Mia Fontaine was assigned, Full Access"),
    (410, EventKind.COMPANY, "Cara Baker changed the company's address"),
    (200, EventKind.TAGS, "Adam Hughes changed tags"),
    (96, EventKind.EDITED, "Mia Fontaine changed internal notes"),
    (40, EventKind.OPENED, "Mia Fontaine opened the client's account"),
    (12, EventKind.USAGE, "Reconciled the current account to 31 October"),
    (3, EventKind.OPENED, "Mia Fontaine opened the client's account"),
    (1, EventKind.USAGE, "12 invoices were sent"),
)


def load_usage(practice: Practice, plans: Sequence[Plan], rows: Sequence[Connection]) -> None:
    chance = random.Random(len(rows))  # noqa: S311  # nosec B311
    pairs = list(zip(plans, rows, strict=True))
    snapshots = [snapshot(plan, row, chance) for plan, row in pairs if has_usage(plan, chance)]
    for plan, row in pairs:
        stand_on_limit(plan, row, chance)
    changed = ["last_activity_at", "last_accessed_at", "access_requested_at", "access_disabled_at"]
    Connection.objects.bulk_update(rows, changed, batch_size=500)
    UsageSnapshot.objects.bulk_create(snapshots)
    UsageDay.objects.bulk_create(days_of(snapshots), batch_size=2000)
    ActivityEvent.objects.bulk_create(events(pairs))
    AccessVisit.objects.bulk_create(visits(practice, rows))


def has_usage(plan: Plan, chance: random.Random) -> bool:
    """Some accounts never reported: their pages say so."""
    return bool(plan.limit) or plan.number < "2000" or chance.random() < 0.9


def snapshot(plan: Plan, row: Connection, chance: random.Random) -> UsageSnapshot:
    monthly = months(chance)
    now = clock.now()
    end = row.disconnected_at or now  # nothing is reported after the relationship ended
    last = ago(chance.choice([0, 1, 2, 4, 9, 20, 34, 70, 120]), chance.randrange(24)) - (now - end)
    made = UsageSnapshot(
        firm_id=row.firm_id,
        connection=row,
        taken_at=end - timedelta(hours=5),
        monthly=monthly,
        transactions=monthly[-1],
        transactions_allowed=chance.choice([100, 500, 2000]),
        last_transaction_at=last,
        last_login_at=last - timedelta(hours=chance.randrange(48)),
        last_job_at=last - timedelta(days=chance.randrange(5)),
        latest_invoice_on=(last - timedelta(days=chance.randrange(20))).date(),
        last_reconciled_on=(last - timedelta(days=chance.randrange(40))).date(),
        reports_generated=chance.randrange(9),
        features=chance.sample(FEATURES, chance.randint(1, 5)),
        bank_accounts=chance.randint(1, 4),
        payment_gateways=chance.sample(BANKS[2:], chance.randrange(3)),
        integrations=chance.sample(BANKS[:2], chance.randrange(3)),
        accounting_package=chance.choice(PACKAGES),
        unscheduled_jobs=5 if plan.number == ACME else monthly[0] % 3,
        unsent_jobs=0 if plan.number == ACME else monthly[1] % 4,
        add_ons=ADD_ONS[: 2 if plan.number == ACME else monthly[2] % 4],
    )
    row.last_activity_at = on_the_hour(last)
    return made if not plan.limit else with_limit(made, plan)


def with_limit(made: UsageSnapshot, plan: Plan) -> UsageSnapshot:
    assert plan.limit is not None
    if hasattr(made, plan.limit.fact):
        setattr(made, plan.limit.fact, plan.limit.setting)
    for name, value in plan.limit.others.items():
        setattr(made, name, value)
    return made


def stand_on_limit(plan: Plan, row: Connection, chance: random.Random) -> None:
    """When the team was last in the account, and where the limit is a fact of the client's row."""
    if plan.status == ConnectionStatus.ACTIVE and plan.number != ACME:
        days = chance.choice([None, 1, 3, 8, 15, 27, 44, 75])
        row.last_accessed_at = None if days is None else ago(days)
    if plan.number == ACME:
        row.last_accessed_at, row.last_activity_at = ago(3), on_the_hour(ago(1))
    if plan.number == GOLF:
        row.last_accessed_at = ago(2)
    if plan.limit and hasattr(row, plan.limit.fact):
        setattr(row, plan.limit.fact, plan.limit.setting)
    if row.access_requested_at:
        row.last_accessed_at = ago(63)


def months(chance: random.Random) -> list[int]:
    """Twelve months of transactions, oldest first: a level, a season and noise."""
    level, slope = chance.randint(5, 300), chance.uniform(-0.06, 0.09)
    return [
        max(0, round(level * (1 + slope * month) * chance.uniform(0.75, 1.25)))
        for month in range(12)
    ]


def events(pairs: Sequence[tuple[Plan, Connection]]) -> Iterator[ActivityEvent]:
    for plan, row in pairs:
        for days, kind, text in story(plan):
            yield ActivityEvent(
                firm_id=row.firm_id,
                connection=row,
                kind=kind,
                text=text,
                at=ago(days, plan.days % 9),
            )


def story(plan: Plan) -> Sequence[tuple[int, str, str]]:
    if plan.number == ACME:
        return ACME_STORY
    lines = [(plan.days, EventKind.CONNECTED, f"Connected to {plan.branch}")]
    if plan.days > 60:
        lines.append((plan.days // 3, EventKind.EDITED, "Internal notes were changed"))
    if plan.status == ConnectionStatus.PAUSED:
        lines.append((9, EventKind.STATUS, "The relationship was paused: sold the herd for winter"))
    if plan.status in {ConnectionStatus.DISCONNECTED, ConnectionStatus.RECONNECTING}:
        lines.append((45, EventKind.STATUS, "Disconnected: Switched accountants"))
    if plan.status == ConnectionStatus.RECONNECTING:
        lines.append((2, EventKind.STATUS, "A reconnection was asked for"))
    return lines


def visits(practice: Practice, rows: Sequence[Connection]) -> Iterator[AccessVisit]:
    by_branch = {"London": "mia", "Dublin": "nia"}
    for row in rows:
        if row.last_accessed_at and row.branch.name in by_branch:
            person = practice.people[by_branch[row.branch.name]]
            for earlier in (0, 11, 31):
                at = row.last_accessed_at - timedelta(days=earlier)
                yield AccessVisit(firm_id=row.firm_id, connection=row, user=person, at=at)


def ago(days: int, hours: int = 0) -> datetime:
    return clock.now() - timedelta(days=days, hours=hours + 1)


def on_the_hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
