"""Amounts and their parts: nothing is lost in rounding, in any currency."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from practice.forms.branches import currencies
from practice.money import allocate, apportion, exponent, is_whole, quantum, rounded

CURRENCIES = st.sampled_from(["GBP", "JPY", "KWD"])
COINS = st.integers(0, 10**9)
WEIGHTS = st.lists(st.integers(0, 1000), min_size=1, max_size=40).filter(any)


@pytest.mark.parametrize(
    ("currency", "unit"), [("GBP", "0.01"), ("JPY", "1"), ("KWD", "0.001"), ("EUR", "0.01")]
)
def test_each_currency_has_its_smallest_coin(currency, unit):
    assert quantum(currency) == Decimal(unit)


def test_every_currency_of_a_branch_is_known():
    """Those with other than two decimals, as ISO 4217 has them."""
    others = {code for code, _ in currencies() if exponent(code) != 2}

    assert {"JPY", "KRW", "VND", "CLP", "KWD", "BHD", "TND", "JOD", "OMR"} <= others


def test_thirds_of_twenty_are_twenty():
    thirds = allocate(Decimal("20.00"), [1, 1, 1], "GBP")

    assert thirds == [Decimal("6.67"), Decimal("6.67"), Decimal("6.66")]


def test_halves_are_rounded_up():
    assert rounded(Decimal("0.005"), "GBP") == Decimal("0.01")
    assert apportion([Fraction(1, 2)], "JPY") == [Decimal(1)]


@given(CURRENCIES, COINS, WEIGHTS)
def test_parts_sum_to_the_whole(currency, coins, weights):
    total = coins * quantum(currency)

    parts = allocate(total, weights, currency)

    assert sum(parts) == total
    assert all(part >= 0 and is_whole(part, currency) for part in parts)


@given(CURRENCIES, COINS, WEIGHTS)
def test_no_part_is_a_coin_away_from_its_share(currency, coins, weights):
    total, unit = coins * quantum(currency), quantum(currency)

    parts = allocate(total, weights, currency)

    shares = [Fraction(total) * weight / sum(weights) for weight in weights]
    assert all(
        abs(Fraction(part) - share) < unit for part, share in zip(parts, shares, strict=True)
    )
