"""Two firms through one pool: does any request ever see the other firm's rows?

Many threads share few pooled connections and change firms from request to request, some of them
failing half-way or working as the system in between, so that a setting left behind on a connection
would show at once.
"""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.db import connection, connections

from bench import world
from clients.models import Connection
from practice import tenancy
from practice.models import Firm
from practice.tenancy import Context, Realm

SMALL_WORLD = 10_000  # clients
POOL = {"min_size": 4, "max_size": 8, "timeout": 120}


class Interrupted(Exception):
    """A request that fails after it has read."""


@dataclass(frozen=True)
class Seen:
    own: int = 0
    foreign: int = 0
    failed: int = 0


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--threads", type=int, default=50)


def run(chosen: dict[str, Any]) -> int:
    result = measure(chosen["requests"], chosen["threads"])
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["foreign_rows"] else 0


def measure(requests: int, threads: int) -> dict[str, Any]:
    """So many requests of two firms in turn. The goal is `foreign_rows == 0`."""
    firms = two_firms()
    started = perf_counter()
    with pooled(), ThreadPoolExecutor(threads) as workers:
        answers = list(workers.map(request, range(requests), firms_in_turn(firms, requests)))
    total = Counter[str]()
    for seen in answers:
        total.update(own=seen.own, foreign=seen.foreign, failed=seen.failed)
    return {
        "bench": "isolation",
        "requests": requests,
        "threads": threads,
        "connections": POOL["max_size"],
        "seconds": round(perf_counter() - started, 2),
        "own_rows": total["own"],
        "foreign_rows": total["foreign"],
        "interrupted": total["failed"],
        "goal": 0,
    }


def two_firms() -> list[int]:
    """Two firms that have clients, of the bench's own small world where there are none yet."""
    firms = firms_with_clients()
    if len(firms) < 2:
        world.ensure(SMALL_WORLD)
        firms = firms_with_clients()
    return firms


def firms_with_clients() -> list[int]:
    with tenancy.as_system():
        found = Connection.objects.order_by("firm_id").values_list("firm_id", flat=True).distinct()
        return list(found[:2])


def firms_in_turn(firms: list[int], count: int) -> Iterator[int]:
    return (firms[number % 2] for number in range(count))


def request(number: int, firm_id: int) -> Seen:
    """One request: nobody's context first, then the firm's, as the middleware does."""
    try:
        if number % 7 == 0:
            work_as_system()
        seen = Seen()
        with suppress(Interrupted):
            seen = read(number, firm_id)
        return seen if seen != Seen() else Seen(failed=1)
    finally:
        connection.close()


def read(number: int, firm_id: int) -> Seen:
    with tenancy.enter(Context()):
        stray = Connection.objects.count()
        tenancy.switch(Context(Realm.STAFF, firm_id))
        rows = Counter(Connection.objects.values_list("firm_id", flat=True)[:200])
        if number % 10 == 3 and not stray and set(rows) == {firm_id}:
            raise Interrupted
    own = rows.pop(firm_id, 0)
    return Seen(own, stray + rows.total())


def work_as_system() -> None:
    with tenancy.as_system():
        Firm.objects.count()


@contextmanager
def pooled() -> Iterator[None]:
    """Django's own pool for the time of the measurement, smaller than the number of threads."""
    connection.close()
    settings = connections.settings["default"]
    before = settings.get("OPTIONS", {})
    settings["OPTIONS"] = {**before, "pool": POOL}
    try:
        yield
    finally:
        connection.close_pool()  # type: ignore[attr-defined]
        settings["OPTIONS"] = before
