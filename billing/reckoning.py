"""What the next invoices will say, read in sets and reckoned by `billing.proration`."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection as database
from django.db.models import F

from billing.models import (
    BranchInvoice,
    BranchInvoiceLine,
    Plan,
    PlanPrice,
    PromotionOffer,
    Span,
)
from billing.models.statements import SUMS, UNEVEN
from billing.proration import (
    Balance,
    Item,
    Move,
    Percent,
    Stretch,
    Use,
    balance,
    days_in,
    discount,
    first_charge,
    first_day,
    month_before,
    moved,
    next_month,
    project,
    promoted,
    settle,
    unpromoted,
)
from billing.roles import InvoiceKind, InvoiceStatus, LineKind, PromotionState
from clients.models import Connection
from practice import clock
from practice.models import Branch
from practice.money import ZERO


@dataclass(frozen=True)
class PlanSum:
    """The clients of a branch on one plan, each a whole month in advance."""

    plan_id: int
    plan_name: str
    price: Decimal
    clients: int

    @property
    def amount(self) -> Decimal:
        return self.price * self.clients


@dataclass(frozen=True)
class ClientItem:
    """One client's line, as it would stand on the invoice."""

    connection_id: int
    client_name: str
    client_number: str
    plan_name: str
    item: Item


@dataclass(frozen=True)
class Estimate:
    """The next invoice of a branch, if nothing changes until the renewal (F-013)."""

    branch: Branch
    month: date
    advance: list[PlanSum]
    adjustments: list[ClientItem]
    balance: Balance

    @property
    def due_on(self) -> date:
        return self.month

    @property
    def total(self) -> Decimal:
        return self.balance.total

    @property
    def clients(self) -> int:
        return sum(one.clients for one in self.advance)


@dataclass(frozen=True)
class Forecast:
    """The invoice of the whole branch for the month, as it stands and after a move."""

    month: date
    before: Balance
    after: Balance
    items_before: list[Item]
    items_after: list[Item]

    @property
    def difference(self) -> Decimal:
        return self.after.total - self.before.total


@dataclass(frozen=True)
class Simulation:
    """What one move does to the bill (F-250). `now`: what a first client is charged at once."""

    now: Item | None
    months: list[Forecast]


def day_there(at: datetime, zone: str) -> date:
    """The calendar day of the instant in the firm's zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def uneven_items(branch_ids: Sequence[int], month: date) -> Iterator[tuple[int, int, Item]]:
    """The lines that settle the month: branch, client, and what is still to be charged."""
    after = next_month(month)
    facts: dict[str, Any] = {"month": month, "after": after, "of_days": days_in(month)}
    with database.cursor() as cursor:
        cursor.execute(UNEVEN, facts | {"branch_ids": list(branch_ids)})
        rows = cursor.fetchall()
    for (branch_id, connection_id, currency), group in groupby(rows, key=lambda row: row[:3]):
        used = [
            Use(plan_id, start or month, end or month, days, price, charged)
            for *_, plan_id, start, end, days, price, charged in group
        ]
        for item in settle(used, month, currency):
            yield branch_id, connection_id, item


def settled_items(branch_ids: Sequence[int], month: date) -> list[tuple[int, int, Item]]:
    """All that the invoice after the month has to say of it: what is uneven, and promotions."""
    uneven = list(uneven_items(branch_ids, month))
    return [*uneven, *promotion_items(branch_ids, month, uneven)]


def promotion_items(
    branch_ids: Sequence[int], month: date, uneven: Iterable[tuple[int, int, Item]]
) -> Iterator[tuple[int, int, Item]]:
    """What promotions take off the month: of what each client was charged for it in the end.

    So pause, plan and transfer need no rule of their own: what is given back is not discounted.
    """
    branches = Branch.objects.filter(pk__in=branch_ids).order_by()
    offers = PromotionOffer.objects.running_on(month)
    offers = offers.filter(firm_id__in=branches.values("firm_id"))
    percents = dict(offers.values_list("connection_id", "percent"))
    if not percents:
        return
    currencies = dict(branches.values_list("pk", "currency"))
    lines = BranchInvoiceLine.objects.filter(
        invoice__branch_id__in=branch_ids,
        invoice__month=month,
        kind=LineKind.ADVANCE,
        connection_id__in=percents,
    ).order_by("pk")
    charged = lines.values_list(F("invoice__branch_id"), "connection_id", "plan_id", "amount")
    settled = ((b, c, item.plan_id, item.amount) for b, c, item in uneven if c in percents)
    parts: dict[tuple[int, int], list[tuple[int, Decimal]]] = defaultdict(list)
    for branch_id, connection_id, plan_id, amount in [*charged, *settled]:
        parts[branch_id, connection_id].append((plan_id, amount))
    for (branch_id, connection_id), of_client in parts.items():
        percent, currency = percents[connection_id], currencies[branch_id]
        for item in promoted(of_client, month, percent, currency):
            yield branch_id, connection_id, item


def plan_sums(branch_ids: Sequence[int], month: date) -> dict[int, list[tuple[int, Decimal, int]]]:
    """Per branch: plan, price of the month, and how many clients are charged in advance."""
    with database.cursor() as cursor:
        cursor.execute(SUMS, {"month": month, "branch_ids": list(branch_ids)})
        rows = cursor.fetchall()
    found = defaultdict(list)
    for branch_id, plan_id, price, clients in rows:
        found[branch_id].append((plan_id, price, clients))
    return found


def credits_of(branch_ids: Sequence[int]) -> dict[int, Decimal]:
    """What each branch's latest invoice carries to the next."""
    rows = BranchInvoice.objects.filter(branch_id__in=branch_ids)
    rows = rows.exclude(status=InvoiceStatus.DRAFT).order_by("branch_id", "-number")
    return dict(rows.distinct("branch_id").values_list("branch_id", "carried_out"))


def estimate(branch: Branch) -> Estimate:
    return estimates([branch])[branch.pk]


def estimates(branches: Iterable[Branch]) -> dict[int, Estimate]:
    """The next invoice of each branch of one firm; the number of statements does not grow."""
    listed = list(branches)
    this_month = first_day(day_there(clock.now(), listed[0].firm.time_zone)) if listed else None
    if this_month is None:
        return {}
    ids = [branch.pk for branch in listed]
    billed = BranchInvoice.objects.filter(branch_id__in=ids, kind=InvoiceKind.CYCLE)
    is_billed = set(billed.filter(month__gte=this_month).values_list("branch_id", flat=True))
    waiting = [branch for branch in listed if branch.pk not in is_billed]
    due = {
        pk: found
        for pk, found in estimates_for(waiting, this_month).items()
        if found.advance or found.adjustments
    }
    rest = [branch for branch in listed if branch.pk not in due]
    return due | estimates_for(rest, next_month(this_month))


def estimates_for(branches: Sequence[Branch], month: date) -> dict[int, Estimate]:
    if not branches:
        return {}
    ids = [branch.pk for branch in branches]
    sums, carried = plan_sums(ids, month), credits_of(ids)
    names = dict(Plan.objects.values_list("pk", "name"))
    settled = named_items(settled_items(ids, month_before(month)), names)
    return {
        branch.pk: estimate_of(branch, month, sums[branch.pk], settled[branch.pk], names, carried)
        for branch in branches
    }


def estimate_of(
    branch: Branch,
    month: date,
    sums: Iterable[tuple[int, Decimal, int]],
    settled: list[ClientItem],
    names: Mapping[int, str],
    carried: Mapping[int, Decimal],
) -> Estimate:
    ahead = [PlanSum(plan_id, names[plan_id], price, n) for plan_id, price, n in sums]
    amounts = [*(one.amount for one in ahead), *(one.item.amount for one in settled)]
    return Estimate(branch, month, ahead, settled, balance(amounts, carried.get(branch.pk, ZERO)))


def named_items(
    items: Iterable[tuple[int, int, Item]], plans: Mapping[int, str]
) -> dict[int, list[ClientItem]]:
    """Per branch, in the order of the invoice."""
    listed = list(items)
    rows = Connection.objects.filter(pk__in={connection_id for _, connection_id, _ in listed})
    clients = {pk: facts for pk, *facts in rows.values_list("pk", "name", "client_number")}
    found = defaultdict(list)
    for branch_id, connection_id, item in listed:
        name, number = clients[connection_id]
        line = ClientItem(connection_id, name, number, plans[item.plan_id], item)
        found[branch_id].append(line)
    for lines in found.values():
        lines.sort(key=lambda line: (line.client_name, line.connection_id))
    return found


def simulate(
    branch: Branch,
    connection: Connection | None,
    move: Move,
    on: date,
    plan: Plan | None = None,
) -> Simulation:
    """What the move on that day, today or later, does to the coming invoices.

    Without a connection a client is added, on the plan.
    """
    base = estimate(branch)
    stretches = stretches_of(branch, connection)
    after = moved(stretches, move, on, plan.pk if plan else None)
    months = months_between(base.month, max(base.month, next_month(on)))
    prices = Prices(branch.currency)
    now = None
    paid = charged_for(branch, connection, months)
    paid_after = dict(paid)
    if move == Move.ADD and not BranchInvoice.objects.filter(branch=branch).exists():
        price = prices(after[-1].plan_id, first_day(on))
        now = first_charge(after[-1], price, branch.currency)
        paid_after[now.plan_id, first_day(on)] = now.amount
    facts = prices, months, branch.currency, percent_of(connection)
    forecasts = compare(base, project(stretches, paid, *facts), project(after, paid_after, *facts))
    return Simulation(now, forecasts)


def compare(
    base: Estimate, before: Mapping[date, list[Item]], after: Mapping[date, list[Item]]
) -> list[Forecast]:
    """The branch's invoices, with this client's lines taken out and put in again."""
    found, credit = [], (base.balance.carried_in, base.balance.carried_in)
    for month, own in before.items():
        others = others_amount(base, month) - total_of(own)
        was = balance([others, total_of(own)], credit[0])
        will = balance([others, total_of(after[month])], credit[1])
        credit = was.carried_out, will.carried_out
        found.append(Forecast(month, was, will, own, after[month]))
    return found


def others_amount(base: Estimate, month: date) -> Decimal:
    """All lines of the branch for the month, as things stand: by then, the month before is even."""
    if month == base.month:
        settled = (line.item.amount for line in base.adjustments)
        return sum(settled, sum((one.amount for one in base.advance), ZERO))
    sums = plan_sums([base.branch.pk], month).get(base.branch.pk, [])
    ahead = sum((price * clients for _, price, clients in sums), ZERO)
    return ahead - promoted_amount(base.branch, month_before(month))


def promoted_amount(branch: Branch, month: date) -> Decimal:
    """What promotions take off a month that is even: of each client's whole price."""
    offers = PromotionOffer.objects.running_on(month).filter(firm_id=branch.firm_id)
    percents = dict(offers.values_list("connection_id", "percent"))
    if not percents:
        return ZERO
    prices = Prices(branch.currency)
    spans = Span.objects.running_on(month).filter(branch=branch, connection_id__in=percents)
    offs = (
        discount(prices(plan_id, month), percents[connection_id], branch.currency)
        for connection_id, plan_id in spans.values_list("connection_id", "plan_id")
    )
    return sum(offs, ZERO)


def total_of(items: Iterable[Item]) -> Decimal:
    return sum((item.amount for item in items), ZERO)


def months_between(first: date, last: date) -> list[date]:
    months = [first]
    while months[-1] < last:
        months.append(next_month(months[-1]))
    return months


def stretches_of(branch: Branch, connection: Connection | None) -> list[Stretch]:
    if connection is None:
        return []
    spans = Span.objects.filter(branch=branch, connection=connection).order_by("starts_on", "pk")
    return [span.stretch for span in spans]


def percent_of(connection: Connection | None) -> Percent:
    """What the client's promotions take off each month; nothing of one that is yet to be added."""
    if connection is None:
        return unpromoted
    offers = PromotionOffer.objects.filter(connection=connection, state=PromotionState.APPLIED)
    known = [
        (start, end, percent)
        for start, end, percent in offers.values_list("starts_on", "ends_on", "percent")
        if start and end
    ]
    return lambda month: next((off for start, end, off in known if start <= month < end), ZERO)


def charged_for(
    branch: Branch, connection: Connection | None, months: Sequence[date]
) -> dict[tuple[int, date], Decimal]:
    """What the client was charged in advance: by plan and month."""
    if connection is None:
        return {}
    rows = BranchInvoiceLine.objects.filter(
        invoice__branch=branch,
        invoice__month__gte=month_before(months[0]),
        connection=connection,
        kind=LineKind.ADVANCE,
    )
    charged: dict[tuple[int, date], Decimal] = defaultdict(lambda: ZERO)
    for plan_id, month, amount in rows.values_list("plan_id", F("invoice__month"), "amount"):
        charged[plan_id, month] += amount
    return dict(charged)


class Prices:
    """The prices in one currency, each read once."""

    def __init__(self, currency: str) -> None:
        rows = PlanPrice.objects.filter(currency=currency).order_by("starts_on")
        self.known: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
        for plan_id, starts_on, amount in rows.values_list("plan_id", "starts_on", "amount"):
            self.known[plan_id].append((starts_on, amount))

    def __call__(self, plan_id: int, month: date) -> Decimal:
        """Raises `LookupError` where there is none yet."""
        begun = [amount for starts_on, amount in self.known[plan_id] if starts_on <= month]
        if not begun:
            raise LookupError(f"plan {plan_id} has no price in {month:%Y-%m}")
        return begun[-1]
