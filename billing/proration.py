"""The arithmetic of a branch's bill. Pure: invoice, estimate and simulator say the same (F-013b).

An invoice for a month charges each client that goes on into it one whole month in advance, and
settles the month before: what was used by days, less what was charged for it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from practice.money import ZERO, apportion, rounded

Price = Callable[[int, date], Decimal]  # of a plan, in the month that begins on the day
Percent = Callable[[date], Decimal]  # that a promotion takes off the month
ADVANCE, ADJUSTMENT, PROMOTION = "advance", "adjustment", "promotion"


@dataclass(frozen=True)
class Stretch:
    """Days in a row that one client is billed for on one branch; `ends_on` is not among them."""

    plan_id: int
    starts_on: date
    ends_on: date | None = None

    def within(self, month: date) -> tuple[date, date] | None:
        """The part of it in that month, or None."""
        after = next_month(month)
        start, end = max(self.starts_on, month), min(self.ends_on or after, after)
        return (start, end) if start < end else None

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True)
class Use:
    """The days of one month that one client used one plan; none where it was charged for nothing.

    `ends_on` is the day after the last one; pauses may lie between.
    """

    plan_id: int
    starts_on: date
    ends_on: date
    days: int
    price: Decimal
    charged: Decimal = ZERO


@dataclass(frozen=True)
class Item:
    """One line of an invoice: `amount` is `used` less `charged`.

    `used` is `price` × `days` / `of_days`, rounded so that a client's parts sum to the whole.
    """

    kind: str
    plan_id: int
    starts_on: date
    ends_on: date
    days: int
    of_days: int
    price: Decimal
    used: Decimal
    charged: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        return self.used - self.charged


@dataclass(frozen=True)
class Balance:
    """What an invoice comes to: never less than nothing, the rest is carried to the next."""

    total: Decimal
    carried_in: Decimal
    carried_out: Decimal


def first_day(day: date) -> date:
    return day.replace(day=1)


def next_month(day: date) -> date:
    return (first_day(day) + timedelta(days=31)).replace(day=1)


def month_before(day: date) -> date:
    return first_day(first_day(day) - timedelta(days=1))


def days_in(month: date) -> int:
    return (next_month(month) - first_day(month)).days


def balance(amounts: Iterable[Decimal], carried_in: Decimal) -> Balance:
    due = sum(amounts, ZERO) - carried_in
    return Balance(total=max(due, ZERO), carried_in=carried_in, carried_out=max(-due, ZERO))


def advance(plan_id: int, month: date, price: Decimal) -> Item:
    """One whole month ahead."""
    days = days_in(month)
    return Item(ADVANCE, plan_id, month, next_month(month), days, days, price, used=price)


def first_charge(stretch: Stretch, price: Decimal, currency: str) -> Item:
    """The rest of the month in which a branch has its first client, charged at once (F-123)."""
    month = first_day(stretch.starts_on)
    [item] = settle(uses([stretch], {}, lambda _plan, _month: price, month), month, currency)
    return replace(item, kind=ADVANCE)


def unpromoted(_: date) -> Decimal:
    return ZERO


def client_items(
    stretches: Sequence[Stretch],
    charged: Mapping[tuple[int, date], Decimal],
    price: Price,
    month: date,
    currency: str,
    percent: Percent = unpromoted,
) -> list[Item]:
    """The lines of one client in its branch's invoice for the month.

    `charged`: by plan and month, what was charged in advance. Whoever comes on the first day waits
    for the next invoice (F-124), so that it does not matter at which hour this one is made.
    """
    ahead = [
        advance(stretch.plan_id, month, price(stretch.plan_id, month))
        for stretch in stretches
        if stretch.starts_on < month and stretch.covers(month)
    ]
    before = month_before(month)
    paid = {plan_id: amount for (plan_id, at), amount in charged.items() if at == before}
    settled = settle(uses(stretches, paid, price, before), before, currency)
    parts = [*paid.items(), *((item.plan_id, item.amount) for item in settled)]
    return [*ahead, *settled, *promoted(parts, before, percent(before), currency)]


def uses(
    stretches: Iterable[Stretch], charged: Mapping[int, Decimal], price: Price, month: date
) -> list[Use]:
    """A client's plans in the month, in the order of their days."""
    found: dict[int, Use] = {}
    for stretch in sorted(stretches, key=lambda one: one.starts_on):
        part = stretch.within(month)
        if not part:
            continue
        start, end = part
        known = found.get(stretch.plan_id)
        days = (end - start).days + (known.days if known else 0)
        found[stretch.plan_id] = Use(
            stretch.plan_id,
            known.starts_on if known else start,
            end,
            days,
            price(stretch.plan_id, month),
            charged.get(stretch.plan_id, ZERO),
        )
    unused = (
        Use(plan_id, month, month, 0, price(plan_id, month), amount)
        for plan_id, amount in sorted(charged.items())
        if plan_id not in found
    )
    return [*found.values(), *unused]


def settle(used: Sequence[Use], month: date, currency: str) -> list[Item]:
    """What is still to be charged, or given back, for one client's month; nothing where it is even.

    The parts are rounded together, so that thirds of 20.00 are 20.00 (F-128a).
    """
    of_days = days_in(month)
    exact = [Fraction(use.price) * use.days / of_days for use in used]
    items = (
        Item(
            ADJUSTMENT,
            use.plan_id,
            use.starts_on,
            use.ends_on,
            use.days,
            of_days,
            use.price,
            amount,
            use.charged,
        )
        for use, amount in zip(used, apportion(exact, currency), strict=True)
    )
    return [item for item in items if item.amount]


def discount(base: Decimal, percent: Decimal, currency: str) -> Decimal:
    """What a promotion takes off an amount; nothing off what is given back anyway."""
    return rounded(max(base, ZERO) * percent / 100, currency)


def promoted(
    charged: Iterable[tuple[int, Decimal]], month: date, percent: Decimal, currency: str
) -> Iterator[Item]:
    """The line that takes a promotion off what a client's month was charged (F-137), if any.

    `charged`: plan and amount of all that the month was charged, in advance and settled; `price` of
    the line is their sum.
    """
    parts = list(charged)
    base = sum((amount for _, amount in parts), ZERO)
    off, days = discount(base, percent, currency), days_in(month)
    if off:
        known = parts[-1][0], month, next_month(month), days, days, base
        yield Item(PROMOTION, *known, used=ZERO, charged=off)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or that month's last."""
    first = day.replace(day=1)
    for _ in range(months):
        first = next_month(first)
    return first.replace(day=min(day.day, days_in(first)))


class Move(StrEnum):
    """What may happen to a client's bill; each takes effect on its day."""

    ADD = "add"
    PAUSE = "pause"
    RESUME = "resume"
    CHANGE_PLAN = "change_plan"
    DISCONNECT = "disconnect"


def moved(
    stretches: Sequence[Stretch], move: Move, on: date, plan_id: int | None = None
) -> list[Stretch]:
    """The stretches after the move: its day is billed when it begins one, and not when it ends one.

    Without a plan, the client goes on with its last.
    """
    ended = list(until(stretches, on))
    if move in {Move.PAUSE, Move.DISCONNECT}:
        return ended
    is_running = any(stretch.covers(on) for stretch in stretches)
    if move == Move.CHANGE_PLAN and not is_running:
        return ended
    if move == Move.RESUME and is_running:
        return list(stretches)
    chosen = plan_id or last_plan(stretches)
    return [*ended, Stretch(chosen, on)] if chosen else ended


def last_plan(stretches: Iterable[Stretch]) -> int | None:
    in_order = sorted(stretches, key=lambda one: one.starts_on)
    return in_order[-1].plan_id if in_order else None


def until(stretches: Iterable[Stretch], on: date) -> Iterator[Stretch]:
    """What remains when billing ends on that day; one that began on it stays, empty."""
    for stretch in stretches:
        is_over = stretch.ends_on is not None and stretch.ends_on <= on
        yield stretch if is_over else replace(stretch, ends_on=max(on, stretch.starts_on))


def project(
    stretches: Sequence[Stretch],
    charged: Mapping[tuple[int, date], Decimal],
    price: Price,
    months: Iterable[date],
    currency: str,
    percent: Percent = unpromoted,
) -> dict[date, list[Item]]:
    """One client's lines in the invoices of consecutive months, if nothing else happens."""
    known = dict(charged)
    bills = {}
    for month in months:
        bills[month] = client_items(stretches, known, price, month, currency, percent)
        ahead = (item for item in bills[month] if item.kind == ADVANCE)
        known |= {(item.plan_id, month): item.amount for item in ahead}
    return bills
