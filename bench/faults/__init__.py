"""Kill workers, their children and Redis in mid-run: is anything of a billing run lost, or twice?

A worker of the product's own kind runs beside this process, with a beat; jobs, mails and charges
of the branches of one firm are theirs to do. Meanwhile children are killed, whole workers are
killed, and Redis is emptied, at random moments, while there is work. Then everything must be done
by itself: each invoice, its mail and its payment once.
"""

import json
import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from typing import Any

from bench.faults import counting, striking, worlds
from bench.faults.workers import Crew

GOAL = 300  # seconds from the last fault until all is done


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--branches", type=int, default=100, help="of each wave of work")
    parser.add_argument("--months", type=int, default=3, help="to be invoiced, of each branch")
    parser.add_argument("--children", type=int, default=100, help="kills of a worker's child")
    parser.add_argument("--workers", type=int, default=100, help="kills of a whole worker")
    parser.add_argument("--flushes", type=int, default=20, help="FLUSHALL of Redis")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument(
        "--hurry", action="store_true", help="move the clock past the leases at the end"
    )


def run(chosen: dict[str, Any]) -> int:
    result = measure(**{name: chosen[name] for name in NAMES})
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["missed"] else 0


NAMES = ("branches", "months", "children", "workers", "flushes", "seed", "hurry")


def measure(
    *,
    branches: int,
    months: int,
    children: int,
    workers: int,
    flushes: int,
    seed: int,
    hurry: bool = False,
) -> dict[str, Any]:
    """`missed` names what is wrong; empty is the goal."""
    world = worlds.World(branches, months)
    world.add_wave()
    striking.flush()  # bells that others rang, and nobody heard, are thousands after other tests
    with ExitStack() as stack:
        crew = stack.enter_context(Crew())
        struck = striking.strike(world, crew, children, workers, flushes, seed)
        seconds = counting.wait_until_done(world, crew, GOAL + 60, hurry=hurry)
    found = counting.count(world)
    if seconds is None:
        found["missed"].append(f"not done {GOAL + 60} seconds after the last fault")
    elif seconds > GOAL:
        found["missed"].append(f"done {seconds:.0f} seconds after the last fault")
    return {
        "case": "faults",
        **struck,
        "seconds_after_last_fault": None if seconds is None else round(seconds, 1),
        **found,
    }
