"""Four months of a firm with two branches: clients come, rest, change plan, move and leave."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import product
from uuid import uuid4

from django.db import transaction
from django.db.models import Q
from time_machine import travel

from bench.soak_cast import a_branch, a_client, a_firm, a_member, arranging
from billing.actions.invoices import run_month
from billing.actions.spans import change_plan, start_billing
from billing.models import BranchInvoice, BranchInvoiceLine, Plan, PlanPrice, Span
from billing.proration import Balance, Move, days_in, first_day, next_month
from billing.reckoning import Estimate, estimate, simulate
from billing.roles import LineKind
from clients.actions.relationships import (
    disconnect_connection,
    pause_connection,
    resume_connection,
)
from clients.actions.transfers import transfer_connection
from clients.models import Connection
from clients.roles import ConnectionStatus
from practice.models import Branch
from practice.money import is_whole, quantum
from practice.roles import ParentRole

CURRENCIES = ("GBP", "JPY", "KWD")
MONTHS = 4
STEPS = (0, 1, 3, 5, 9)
TRANSFER = "transfer"
Content = dict[int, tuple[object, ...]]


class Walk:
    """One walk, rolled back at its end. `violations` are sentences."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.day = date(2027, chance.randint(1, 12), chance.randint(1, 28))
        self.began = self.day
        self.clients: list[Connection] = []
        self.issued: Content = {}
        self.invoices = 0

    def violations(self) -> list[str]:
        with travel(self.noon, tick=False) as self.clock, arranging():
            self.open()
            found = [*self.live(), *self.unsettled()]
            transaction.set_rollback(True)
        return found

    @property
    def noon(self) -> datetime:
        return datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)

    def open(self) -> None:
        chance, firm = self.chance, a_firm()
        self.by = a_member(firm, "Sana", parent_role=ParentRole.SUPER_ADMIN).user
        currencies = chance.choices(CURRENCIES, k=2)
        self.branches = [
            a_branch(firm, f"Branch {place}", currency=currency)
            for place, currency in enumerate(currencies)
        ]
        self.plans = []
        for level in range(3):
            name = uuid4().hex
            plan = Plan.objects.create(code=name, name=name, level=level)
            for currency in set(currencies):
                amount = quantum(currency) * chance.randrange(10**5)
                price = {"currency": currency, "amount": amount, "starts_on": date(2020, 1, 1)}
                PlanPrice.objects.create(plan=plan, **price)
            self.plans.append(plan)

    def live(self) -> Iterator[str]:
        for _ in range(MONTHS):
            month = next_month(self.day)
            while self.day < month:
                self.clock.move_to(self.noon)
                yield from self.something_happens()
                self.day += timedelta(days=self.chance.choice(STEPS))
            self.day = month - timedelta(days=1)
            self.clock.move_to(self.noon)
            expected = {branch.pk: estimate(branch) for branch in self.branches}
            self.day = month
            self.clock.move_to(self.noon)
            yield from self.invoice(month, expected)
            yield from self.changed()

    def invoice(self, month: date, expected: dict[int, Estimate]) -> Iterator[str]:
        ids = [branch.pk for branch in self.branches]
        made = {invoice.branch_id: invoice for invoice in run_month(ids, month)}
        for branch_id, found in expected.items():
            if invoice := made.get(branch_id):
                is_same = told(invoice) == found.balance and found.month == month
            else:
                is_same = not found.advance and not found.adjustments
            if not is_same:
                yield f"{month}: {made.get(branch_id)} was estimated as {found}"
        if run_month(ids, month):
            yield f"{month} was invoiced twice"
        yield from self.sums(list(made.values()))

    def sums(self, invoices: list[BranchInvoice]) -> Iterator[str]:
        for invoice in invoices:
            lines = sum(invoice.lines.values_list("amount", flat=True), Decimal(0))
            if lines - invoice.carried_in != invoice.total - invoice.carried_out:
                yield f"{lines} are not {told(invoice)}"
            if not is_whole(invoice.total, invoice.currency):
                yield f"{invoice.total} is not in coins of {invoice.currency}"

    def changed(self) -> Iterator[str]:
        """What has been issued once reads the same for ever."""
        now = content(self.branches)
        if any(now.get(pk) != was for pk, was in self.issued.items()):
            yield "an issued invoice was changed"
        self.issued, self.invoices = now, len(now)

    def unsettled(self) -> Iterator[str]:
        """What all invoices charged each client for a month is what it used of it, to a coin."""
        months = [first_day(self.began)]
        while next_month(months[-1]) < self.day:
            months.append(next_month(months[-1]))
        for branch in self.branches:
            for month, row in product(months, self.clients):
                exact, made = used(branch, row, month), charged(branch, row, month)
                if abs(Fraction(made) - exact) > Fraction(quantum(branch.currency)) / 2:
                    yield f"{row} was charged {made} for {month:%B}, and used {float(exact)}"

    def something_happens(self) -> Iterator[str]:
        live = [row for row in self.clients if row.status != ConnectionStatus.DISCONNECTED]
        move = self.chance.choice([*Move, TRANSFER])
        if move == Move.ADD or not live:
            yield from self.add(self.chance.choice(self.branches), self.chance.choice(self.plans))
            return
        row = self.chance.choice(live)
        is_active = row.status == ConnectionStatus.ACTIVE
        if move == TRANSFER and is_active:
            other = next(one for one in self.branches if one.pk != row.branch_id)
            transfer_connection(row, other, by=self.by)
        elif move in {Move.DISCONNECT, Move.RESUME if not is_active else Move.PAUSE}:
            yield from self.predicted(row, Move(move))
        elif move == Move.CHANGE_PLAN and is_active:
            yield from self.predicted(row, Move.CHANGE_PLAN, self.other_plan(row))
        row.refresh_from_db()

    def add(self, branch: Branch, plan: Plan) -> Iterator[str]:
        simulated = simulate(branch, None, Move.ADD, self.day, plan)
        before = BranchInvoice.objects.filter(branch=branch).count()
        row = a_client(branch, f"Client {len(self.clients)}")
        start_billing([row], plan, by=self.by)
        self.clients.append(row)
        first = BranchInvoice.objects.filter(branch=branch).order_by("-pk").first()
        is_charged = BranchInvoice.objects.filter(branch=branch).count() > before
        wanted = simulated.now.amount if simulated.now else Decimal(0)
        if wanted != (first.total if first and is_charged else Decimal(0)):
            yield f"{first} was simulated as {simulated.now}"
        yield from self.compared(branch, simulated.months[0].after, f"add at {plan.pk}")

    def predicted(self, row: Connection, move: Move, plan: Plan | None = None) -> Iterator[str]:
        branch = next(one for one in self.branches if one.pk == row.branch_id)
        simulated = simulate(branch, row, move, self.day, plan)
        match move:
            case Move.PAUSE:
                pause_connection(row, by=self.by, reason="They rest")
            case Move.RESUME:
                resume_connection(row, by=self.by)
            case Move.DISCONNECT:
                disconnect_connection(row, by=self.by)
            case Move.CHANGE_PLAN if plan:
                change_plan(row, plan, by=self.by)
        yield from self.compared(branch, simulated.months[0].after, move)

    def compared(self, branch: Branch, simulated: Balance, says: str) -> Iterator[str]:
        found = estimate(branch).balance
        if found != simulated:
            yield f"{self.day}, {says}: {simulated} was simulated, {found} is estimated"

    def other_plan(self, row: Connection) -> Plan:
        now = Span.objects.open().get(connection=row).plan_id
        return self.chance.choice([plan for plan in self.plans if plan.pk != now])


def told(invoice: BranchInvoice) -> Balance:
    return Balance(invoice.total, invoice.carried_in, invoice.carried_out)


def content(branches: list[Branch]) -> Content:
    """Each invoice with its lines, as it reads today."""
    invoices = BranchInvoice.objects.filter(branch__in=branches).order_by("pk")
    lines = BranchInvoiceLine.objects.filter(invoice__in=invoices.values("pk")).order_by("pk")
    found: Content = {row[0]: row for row in invoices.values_list()}
    for line in lines.values_list():
        found[line[2]] += line
    return found


def used(branch: Branch, row: Connection, month: date) -> Fraction:
    """By the days of its spans, and by nothing that the run reads."""
    exact = Fraction(0)
    for span in Span.objects.filter(branch=branch, connection=row):
        if part := span.stretch.within(month):
            price = PlanPrice.objects.get(plan_id=span.plan_id, currency=branch.currency)
            exact += Fraction(price.amount) * (part[1] - part[0]).days / days_in(month)
    return exact


def charged(branch: Branch, row: Connection, month: date) -> Decimal:
    """In advance for the month, and by the adjustments of the next."""
    rows = BranchInvoiceLine.objects.filter(invoice__branch=branch, connection=row)
    ahead = Q(kind=LineKind.ADVANCE, invoice__month=month)
    after = Q(kind=LineKind.ADJUSTMENT, invoice__month=next_month(month))
    return sum(rows.filter(ahead | after).values_list("amount", flat=True), Decimal(0))
