"""Companies, their contacts and facts, made up by the thousand: seeded, in many scripts."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clients.demo.names import ABROAD, ENDINGS, FIRST, LAST, PLACES, TRADES

RARE = "Zanzibar"  # stands in a few names of the world, and nowhere else
RARE_SHARE = 1 / 9_000
ABROAD_SHARE = 0.06
DOMAINS = ("example.test", "mail.test", "office.test", "co.test")


@dataclass(frozen=True)
class Company:
    name: str
    person: str
    email: str


def companies(chance: random.Random, count: int) -> Iterator[Company]:
    """`count` companies; names repeat now and then, as names do."""
    drawn = zip(
        chance.choices(LAST, k=count),
        chance.choices(PLACES, k=count),
        chance.choices(TRADES, k=count),
        chance.choices(ENDINGS, k=count),
        chance.choices(FIRST, k=count),
        chance.choices(DOMAINS, k=count),
        strict=True,
    )
    for last, place, trade, ending, first, domain in drawn:
        share = chance.random()
        if share < RARE_SHARE:
            place = RARE
        name = f"{last} {place} {trade} {ending}".rstrip()
        if share > 1 - ABROAD_SHARE:
            name = f"{chance.choice(ABROAD)} {place}"
        person = f"{first} {last}"
        yield Company(name, person, f"{first}.{last}@{place}-{trade.split()[0]}.{domain}".lower())


def monthly_figures(chance: random.Random, count: int) -> list[str]:
    """Arrays of twelve months, oldest first, as COPY reads them."""
    return [
        "{" + ",".join(str(max(0, round(chance.gauss(level, level / 3)))) for _ in range(12)) + "}"
        for level in (chance.randrange(5, 400) for _ in range(count))
    ]


def weighted(chance: random.Random, options: Sequence[tuple[str, float]], count: int) -> list[str]:
    words, weights = zip(*options, strict=True)
    return chance.choices(words, weights, k=count)
