"""Amounts: `Decimal`, with the currency beside them. Rounded once, by largest remainder."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor

# ISO 4217: every other currency that a branch can bill in has two decimals.
WITHOUT_DECIMALS = frozenset(
    "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split()
)
WITH_THREE = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
ZERO = Decimal(0)


def exponent(currency: str) -> int:
    """Decimals of the currency: 2 for GBP, 0 for JPY, 3 for KWD."""
    if currency in WITHOUT_DECIMALS:
        return 0
    return 3 if currency in WITH_THREE else 2


def quantum(currency: str) -> Decimal:
    """The smallest amount there is: 0.01 GBP, 1 JPY, 0.001 KWD."""
    return Decimal(1).scaleb(-exponent(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(quantum(currency), ROUND_HALF_UP)


def is_whole(amount: Decimal, currency: str) -> bool:
    """Whether the amount can be paid in the currency's coins."""
    return amount % quantum(currency) == 0


def allocate(total: Decimal, weights: Sequence[int], currency: str) -> list[Decimal]:
    """Split the total by non-negative weights, whose sum is not zero; the parts sum to it.

    >>> allocate(Decimal("20.00"), [1, 1, 1], "GBP")
    [Decimal('6.67'), Decimal('6.67'), Decimal('6.66')]
    """
    whole = sum(weights)
    return apportion([Fraction(total) * weight / whole for weight in weights], currency)


def apportion(exact: Iterable[Fraction], currency: str) -> list[Decimal]:
    """Round exact amounts, none negative, so that they sum to their rounded sum.

    Each is rounded down; what is then missing goes to the largest remainders, the earliest first.
    """
    unit = quantum(currency)
    coins = [amount / Fraction(unit) for amount in exact]
    whole = [floor(coin) for coin in coins]
    missing = floor(sum(coins) + Fraction(1, 2)) - sum(whole)
    by_remainder = sorted(range(len(coins)), key=lambda n: (whole[n] - coins[n], n))
    for n in by_remainder[:missing]:
        whole[n] += 1
    return [unit * coin for coin in whole]
