"""How an amount came about, said as people say it: pages, file and simulator alike (F-250)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Protocol

from billing.proration import Balance
from billing.reckoning import ClientItem, Estimate
from billing.roles import LineKind
from practice.templatetags.wording import money_words

SINGLE_PARTS = 3  # settled parts that a formula names one by one; more are one sum


class Part(Protocol):
    """A line of an invoice, or one that is still an estimate."""

    @property
    def kind(self) -> str: ...
    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...
    @property
    def days(self) -> int: ...
    @property
    def of_days(self) -> int: ...
    @property
    def price(self) -> Decimal: ...
    @property
    def used(self) -> Decimal: ...
    @property
    def charged(self) -> Decimal: ...
    @property
    def amount(self) -> Decimal: ...


@dataclass(frozen=True)
class Worked:
    """One amount, what it is for, and the steps that lead to it."""

    plan: str
    kind: str
    period: str
    days: str
    price: Decimal
    amount: Decimal
    steps: list[str]


def worked(part: Part, plan: str, currency: str) -> Worked:
    return Worked(
        plan,
        str(LineKind(part.kind).label),
        period_words(part.starts_on, part.ends_on),
        f"{part.days} of {part.of_days}",
        part.price,
        part.amount,
        list(steps_of(part, currency)),
    )


def period_words(starts_on: date, ends_on: date) -> str:
    """1–30 November 2026; `ends_on` is the day after the last, and no day may be left."""
    last = ends_on - timedelta(days=1)
    if last < starts_on:
        return f"No day of {starts_on:%B %Y}"
    days = str(starts_on.day) if last == starts_on else f"{starts_on.day}–{last.day}"
    return f"{days} {starts_on:%B %Y}"


def steps_of(part: Part, currency: str) -> Iterator[str]:
    """The price by days, how it was rounded, and what was charged before."""
    if part.kind == LineKind.PROMOTION:
        base, off = (money_words(one, currency) for one in (part.price, part.amount))
        yield f"Promotion on {base} of {part.starts_on:%B %Y}: {off}"
        return
    used, price = (money_words(amount, currency) for amount in (part.used, part.price))
    exact = part.price * part.days / part.of_days
    sum_of_days = f"{price} × {part.days} of {part.of_days} days"
    if exact == part.used:
        yield f"{sum_of_days} = {used}"
    else:
        yield f"{sum_of_days} = {exact:.5f}, rounded to {used}"
        yield "The parts of a client’s month are rounded together, so that they sum to the whole."
    if part.charged:
        charged, amount = (money_words(one, currency) for one in (part.charged, part.amount))
        yield f"{used} − {charged} charged in advance for {part.starts_on:%B %Y} = {amount}"


def balance_steps(found: Balance, currency: str) -> Iterator[str]:
    """From the lines of an invoice to what is to be paid."""
    lines = found.total + found.carried_in - found.carried_out
    said, due, credit, rest = (
        money_words(amount, currency)
        for amount in (lines, found.total, found.carried_in, found.carried_out)
    )
    if not found.carried_in and not found.carried_out:
        yield f"Lines {said}"
        return
    before = f" − {credit} carried in from the invoice before" if found.carried_in else ""
    yield f"Lines {said}{before} = {money_words(lines - found.carried_in, currency)}"
    if found.carried_out:
        yield f"Nothing is charged, and {rest} is carried to the next invoice."
    else:
        yield f"To be paid: {due}"


def formula(found: Estimate) -> str:
    """3 × £20.00 + £10.00 = £70.00 (F-013b)."""
    currency = found.branch.currency
    settled = [line.item.amount for line in found.adjustments]
    if len(settled) > SINGLE_PARTS:
        settled = [sum(settled, Decimal(0))]
    terms = [f"{one.clients:,} × {money_words(one.price, currency)}" for one in found.advance]
    text = " + ".join(terms)
    for amount in [*settled, -found.balance.carried_in]:
        if amount:
            sign = " − " if amount < 0 else " + "
            text += (sign if text or amount < 0 else "") + money_words(abs(amount), currency)
    due = money_words(found.total - found.balance.carried_out, currency)
    return f"{text.strip()} = {due}" if text else due


def estimate_steps(found: Estimate) -> list[str]:
    """The formula, and what each of its terms is."""
    currency, month = found.branch.currency, f"{found.month:%B %Y}"
    steps = [formula(found)]
    for one in found.advance:
        term = f"{one.clients:,} × {money_words(one.price, currency)}"
        steps.append(
            f"{one.plan_name}, {month} in advance: {term} = {money_words(one.amount, currency)}"
        )
    if len(found.adjustments) > SINGLE_PARTS:
        total = sum((line.item.amount for line in found.adjustments), Decimal(0))
        count = len(found.adjustments)
        steps.append(f"{count:,} parts of the month before: {money_words(total, currency)}")
    else:
        steps += [said for line in found.adjustments for said in settled_steps(line, currency)]
    if found.balance.carried_in or found.balance.carried_out:
        steps += balance_steps(found.balance, currency)
    return steps


def settled_steps(line: ClientItem, currency: str) -> Iterable[str]:
    """What one client's days of the month before still cost, or give back."""
    head = f"{line.client_name}, {line.plan_name}"
    period = period_words(line.item.starts_on, line.item.ends_on)
    first, *rest = steps_of(line.item, currency)
    return [f"{head}, {period}: {first}", *rest]
