"""`manage.py soak money`: is a cent ever lost, made up, or changed after the fact?

Amounts are split and months are settled by chance, in currencies of no, two and three decimals: the
parts sum to the whole and none is negative. In walks through four months of a firm, what the
estimate and the simulator say is what is invoiced, and what was issued stays as it was.
"""

import json
import random
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from time import perf_counter
from typing import Any

from bench.money_walks import Walk
from billing.proration import (
    ADVANCE,
    Item,
    Move,
    Stretch,
    balance,
    client_items,
    days_in,
    month_before,
    moved,
    next_month,
)
from practice.money import ZERO, allocate, is_whole, quantum

CURRENCIES = ("GBP", "JPY", "KWD")
PLANS = (1, 2, 3)
MONTHS = 5
TOLD_EVERY = 100_000
CASES_PER_WALK = 10_000
MOST_SHOWN = 20


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)


def run(chosen: dict[str, Any]) -> int:
    result = soak(chosen["cases"], chosen["seed"])
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["violations"] else 0


def soak(cases: int, seed: int) -> dict[str, Any]:
    """So many cases, and a walk for each ten thousand of them. The goal is `violations == 0`."""
    started, found = perf_counter(), list[str]()
    chance = random.Random(seed)  # noqa: S311  # nosec B311
    for number in range(1, cases + 1):
        case = split_case if number % 2 else month_case
        found += [f"case {number}: {says}" for says in case(chance)]
        if number % TOLD_EVERY == 0:
            sys.stderr.write(f"{number:,} cases, {len(found)} violations\n")
    walks, invoices = max(1, cases // CASES_PER_WALK), 0
    for number in range(walks):
        walk = Walk(random.Random(f"{seed}-{number}"))  # noqa: S311  # nosec B311
        found += [f"walk {number}: {says}" for says in walk.violations()]
        invoices += walk.invoices
    return {
        "soak": "money",
        "cases": cases,
        "walks": walks,
        "invoices": invoices,
        "seed": seed,
        "seconds": round(perf_counter() - started, 1),
        "violations": len(found),
        "shown": found[:MOST_SHOWN],
        "goal": 0,
    }


def split_case(chance: random.Random) -> Iterator[str]:
    currency = chance.choice(CURRENCIES)
    unit = quantum(currency)
    total = unit * chance.randrange(10 ** chance.randint(1, 9))
    weights = [chance.randrange(40) for _ in range(chance.randint(1, 12))] + [1]
    parts = allocate(total, weights, currency)
    if sum(parts) != total:
        yield f"{parts} are not {total} {currency}"
    for part, weight in zip(parts, weights, strict=True):
        share = Fraction(total) * weight / sum(weights)
        if part < 0 or not is_whole(part, currency) or abs(Fraction(part) - share) >= unit:
            yield f"{part} {currency} is no part of {total} by {weight} of {weights}"


def month_case(chance: random.Random) -> Iterator[str]:
    """One client's life over five invoices."""
    currency = chance.choice(CURRENCIES)
    prices = {plan: quantum(currency) * chance.randrange(10**6) for plan in PLANS}
    first = date(2027 + chance.randrange(2), chance.randint(1, 12), 1)
    stretches = a_life(chance, first)
    charged: dict[tuple[int, date], Decimal] = {}
    billed: dict[date, Decimal] = {}
    month, credit = next_month(first), ZERO
    for _ in range(MONTHS):
        items = client_items(stretches, charged, lambda plan, _: prices[plan], month, currency)
        yield from wrong_items(items, currency)
        due = balance([item.amount for item in items], credit)
        if (
            due.total < 0
            or due.carried_out < 0
            or due.total - due.carried_out != total(items) - credit
        ):
            yield f"{due} is not {total(items)} less {credit}"
        credit = due.carried_out
        for item in items:
            own = month if item.kind == ADVANCE else month_before(month)
            billed[own] = billed.get(own, ZERO) + item.amount
            if item.kind == ADVANCE:
                charged[item.plan_id, month] = item.amount
        month = next_month(month)
    yield from wrong_months(stretches, prices, billed, first, currency)


def a_life(chance: random.Random, first: date) -> list[Stretch]:
    stretches: list[Stretch] = []
    day = first + timedelta(days=chance.randrange(31))
    for _ in range(chance.randint(1, 10)):
        move = chance.choice(list(Move)) if stretches else Move.ADD
        has_plan = move in {Move.ADD, Move.CHANGE_PLAN}
        stretches = moved(stretches, move, day, chance.choice(PLANS) if has_plan else None)
        day += timedelta(days=chance.choice((0, 1, 2, 5, 10, 31)))
    return stretches


def wrong_items(items: list[Item], currency: str) -> Iterator[str]:
    for item in items:
        is_sane = item.used >= 0 and item.charged >= 0 and 0 <= item.days <= item.of_days
        if not (is_sane and is_whole(item.amount, currency)):
            yield f"{item} in {currency}"


def wrong_months(
    stretches: list[Stretch],
    prices: dict[int, Decimal],
    billed: dict[date, Decimal],
    first: date,
    currency: str,
) -> Iterator[str]:
    """What was charged for a month, over all invoices, is what was used of it."""
    month = first
    for _ in range(MONTHS):
        parts = ((stretch, stretch.within(month)) for stretch in stretches)
        exact = sum(
            Fraction(prices[stretch.plan_id]) * (part[1] - part[0]).days / days_in(month)
            for stretch, part in parts
            if part
        )
        made = billed.get(month, ZERO)
        if abs(Fraction(made) - exact) > Fraction(quantum(currency)) / 2:
            yield f"{made} {currency} for {month:%B}, which is {float(exact)}: {stretches}"
        month = next_month(month)


def total(items: list[Item]) -> Decimal:
    return sum((item.amount for item in items), ZERO)
