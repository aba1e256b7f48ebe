"""The arithmetic of a branch's bill, by the examples of its features and by chance."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.proration import (
    ADJUSTMENT,
    ADVANCE,
    Move,
    Stretch,
    balance,
    client_items,
    days_in,
    first_charge,
    month_before,
    moved,
    next_month,
    settle,
    uses,
)
from practice.money import is_whole, quantum

SOLO, PRO, PRIME = 1, 2, 3
JUNE, JULY = date(2027, 6, 1), date(2027, 7, 1)
PRICES = {SOLO: Decimal(20), PRO: Decimal(40), PRIME: Decimal(20)}


def price(plan_id: int, _month: date) -> Decimal:
    return PRICES[plan_id]


def june(*stretches: Stretch, charged: str = "20", month: date = JULY) -> list[tuple]:
    """The lines that settle June, of a client charged for Solo in advance."""
    paid = {(SOLO, JUNE): Decimal(charged)} if charged else {}
    items = client_items(stretches, paid, price, month, "GBP")
    return [(i.plan_id, i.days, i.of_days, str(i.amount)) for i in items if i.kind == ADJUSTMENT]


def day(number: int) -> date:
    return JUNE.replace(day=number)


def test_months():
    assert [next_month(date(2028, 1, 31)), month_before(date(2028, 3, 15))] == [
        date(2028, 2, 1),
        date(2028, 2, 1),
    ]
    assert [days_in(date(2028, 2, 1)), days_in(date(2027, 2, 1))] == [29, 28]


def test_a_whole_month_is_charged_ahead_and_is_even_after():
    stretch = Stretch(SOLO, date(2027, 1, 5))

    [item] = client_items([stretch], {(SOLO, JUNE): Decimal(20)}, price, JULY, "GBP")

    assert (item.kind, item.amount, item.days, item.of_days) == (ADVANCE, Decimal(20), 31, 31)


def test_the_first_client_is_charged_for_the_rest_of_the_month():
    """F-123: 10.00 at half month."""
    item = first_charge(Stretch(SOLO, day(16)), Decimal(20), "GBP")

    assert (item.kind, item.amount, item.days, item.of_days) == (ADVANCE, Decimal(10), 15, 30)


def test_a_later_client_waits_for_the_cycle():
    """F-124: the half month and the coming one."""
    items = client_items([Stretch(SOLO, day(16))], {}, price, JULY, "GBP")

    assert [(i.kind, i.amount) for i in items] == [
        (ADVANCE, Decimal(20)),
        (ADJUSTMENT, Decimal(10)),
    ]


def test_paused_days_are_given_back():
    """F-126: paused on the 10th, resumed on the 20th: 20 of 30 days."""
    stretches = moved([Stretch(SOLO, date(2027, 1, 1))], Move.PAUSE, day(10))
    stretches = moved(stretches, Move.RESUME, day(20))

    assert june(*stretches) == [(SOLO, 20, 30, "-6.67")]


def test_a_disconnected_client_is_billed_until_the_day_before():
    """F-126a."""
    stretches = moved([Stretch(SOLO, date(2027, 1, 1))], Move.DISCONNECT, day(11))

    assert june(*stretches) == [(SOLO, 10, 30, "-13.33")]
    assert client_items(stretches, {}, price, date(2027, 8, 1), "GBP") == []


def test_a_change_of_plan_shows_both_parts():
    """F-125. Together they are 33.33, so one of the two thirds of a cent is rounded down."""
    stretches = moved([Stretch(SOLO, date(2027, 1, 1))], Move.CHANGE_PLAN, day(11), PRO)

    assert june(*stretches) == [(SOLO, 10, 30, "-13.33"), (PRO, 20, 30, "26.66")]


def test_thirds_on_three_plans_of_one_price_are_the_price():
    """F-128a."""
    stretches = [Stretch(SOLO, day(1), day(11)), Stretch(PRO, day(11), day(21))]
    stretches.append(Stretch(PRIME, day(21)))
    same = {plan_id: Decimal(20) for plan_id in PRICES}

    items = settle(uses(stretches, {}, lambda plan, _: same[plan], JUNE), JUNE, "GBP")

    assert [str(i.amount) for i in items] == ["6.67", "6.67", "6.66"]


def test_paused_on_the_first_day_gives_the_month_back():
    stretches = moved([Stretch(SOLO, date(2027, 1, 1))], Move.PAUSE, JUNE)

    assert june(*stretches) == [(SOLO, 0, 30, "-20.00")]


def test_added_and_gone_on_one_day_is_never_billed():
    stretches = moved([Stretch(SOLO, day(5))], Move.DISCONNECT, day(5))

    assert client_items(stretches, {}, price, JULY, "GBP") == []


def test_a_client_resumes_on_its_plan_though_it_was_never_billed():
    stretches = moved([Stretch(PRO, day(5))], Move.PAUSE, day(5))

    assert moved(stretches, Move.RESUME, day(9))[-1] == Stretch(PRO, day(9))


def test_who_comes_on_the_first_day_waits_for_the_next_invoice():
    """At whatever hour of it the invoice is made."""
    stretch = Stretch(SOLO, JUNE)

    assert client_items([stretch], {}, price, JUNE, "GBP") == []
    amounts = [item.amount for item in client_items([stretch], {}, price, JULY, "GBP")]
    assert amounts == [20, 20]


@pytest.mark.parametrize(
    ("amounts", "carried_in", "expected"),
    [
        (["20", "10"], "0", ("30", "0")),
        (["20", "-33.33"], "0", ("0", "13.33")),
        (["20"], "13.33", ("6.67", "0")),
        (["20"], "33.33", ("0", "13.33")),
    ],
)
def test_credit_is_carried_to_the_next_invoice(amounts, carried_in, expected):
    found = balance([Decimal(a) for a in amounts], Decimal(carried_in))

    assert (found.total, found.carried_out) == tuple(Decimal(e) for e in expected)


MOVES = st.lists(
    st.tuples(st.sampled_from(Move), st.integers(0, 120), st.sampled_from([SOLO, PRO, PRIME])),
    max_size=12,
)
CASES = st.tuples(st.sampled_from(["GBP", "JPY", "KWD"]), st.integers(0, 10**6), MOVES)


def lived(moves: list[tuple[Move, int, int]]) -> list[Stretch]:
    stretches: list[Stretch] = []
    for move, after, plan_id in sorted(moves, key=lambda one: one[1]):
        wanted = plan_id if move in {Move.ADD, Move.CHANGE_PLAN} else None
        stretches = moved(stretches, move, date(2027, 5, 20) + timedelta(after), wanted)
    return stretches


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine draws slowly
@given(CASES)
def test_stretches_never_overlap(case):
    _, _, moves = case

    stretches = sorted(lived(moves), key=lambda one: one.starts_on)

    for one, other in pairwise(stretches):
        assert one.ends_on is not None
        assert one.starts_on <= one.ends_on <= other.starts_on


@given(CASES)
def test_months_are_settled_to_the_coin(case):
    """Over all invoices, what was charged for a month is what was used of it, to a coin."""
    currency, coins, moves = case
    stretches, unit = lived(moves), quantum(currency)
    prices = {plan_id: coins * plan_id * unit for plan_id in PRICES}
    charged: dict[tuple[int, date], Decimal] = {}
    billed: dict[date, Decimal] = {}

    month = date(2027, 6, 1)
    for _ in range(7):
        items = client_items(stretches, charged, lambda plan, _: prices[plan], month, currency)
        for item in items:
            own = month if item.kind == ADVANCE else month_before(month)
            billed[own] = billed.get(own, Decimal(0)) + item.amount
            if item.kind == ADVANCE:
                charged[item.plan_id, month] = item.amount
            assert item.used >= 0
            assert is_whole(item.amount, currency)
            assert item.days <= item.of_days
        month = next_month(month)

    for used_month in (date(2027, 6, 1), date(2027, 7, 1), date(2027, 8, 1), date(2027, 9, 1)):
        exact = sum(
            (prices[s.plan_id] * (part[1] - part[0]).days / days_in(used_month))
            for s in stretches
            if (part := s.within(used_month))
        )
        assert abs(billed.get(used_month, Decimal(0)) - exact) <= unit / 2 + Decimal("1e-9")
