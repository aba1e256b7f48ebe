"""Does the life of a relationship go by the papers, whatever comes after what?

A Hypothesis state machine makes moves in the application and in a model (`states_model`), and
compares everything after each: refusals, rows, history, rights, and what must always hold. A run
of fifty steps begins with the same cast and is rolled back.
"""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random
from time import perf_counter
from typing import Any

from django.db import connection as database
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from bench import states_cast as cast
from bench import states_model as m
from bench.states_moving import WHY, Moving
from bench.states_rows import prepare
from bench.states_run import MOST_CLIENTS, Tally

RUN = 50  # steps
MOST_RUNS = 100  # at a time
MOST_SHOWN = 20
APART = 1_000_000  # the seeds of two processes
MANAGING, OTHERS = ["sana", "olga", "adam"], ["mia", "xavi", "nia", "vera", "bill", "dina"]
STAFF = [*MANAGING * 5, *["sana"] * 4, *OTHERS]
MEMBERS = [*["mia", "xavi"] * 4, *MANAGING, *OTHERS]
OWNERS, ANSWERING = ["dina", "dina", "dina", "mia"], [None, "dina", "dina", "mia"]
NUMBERS = range(MOST_CLIENTS)
TIES = [m.FULL, m.FULL, m.LIMITED, m.VIEW_ONLY]
ROLES = [{name: role} for name in MEMBERS for role in TIES]
ROLES += [{"mia": one, "xavi": other} for one in TIES for other in TIES]
DAYS = [None, None, None, 1, 2, 9, 9, 0, -1]
WORDS = [WHY] * 7 + [" "]
REASONS = ["Client request", "Non-payment", "Other"]
LEVELS, FEATURES = ["full", "none", "custom"], [[], ["files"], ["questions", "files"]]
MODELS, YES_OR_NO = [m.BILL_US, m.CLIENT_PAYS], [True, False, False]
HOURS, JOBS = [1, 30, 200, 1500], ["resume_due", "sweep_ties", "expire_due"]
MOVES: dict[str, dict[str, Sequence[Any]]] = {
    "pause": {"by": STAFF, "number": NUMBERS, "words": WORDS, "days": DAYS},
    "resume": {"by": STAFF, "number": NUMBERS},
    "disconnect": {"by": STAFF, "number": NUMBERS, "reason": REASONS, "note": WORDS},
    "leave": {"by": OWNERS, "number": NUMBERS},
    "transfer": {"by": STAFF, "number": NUMBERS, "branch": cast.BRANCHES},
    "assign": {"by": STAFF, "number": NUMBERS, "roles": ROLES, "days": DAYS},
    "remove": {"by": STAFF, "number": NUMBERS, "name": MEMBERS},
    "set_level": {"by": STAFF, "number": NUMBERS, "level": LEVELS, "some": FEATURES},
    "restrict": {"by": STAFF, "number": NUMBERS, "is_restricted": YES_OR_NO},
    "visit": {"by": STAFF, "number": NUMBERS},
    "ask_back": {"by": STAFF, "number": NUMBERS},
    "offer_anew": {"by": STAFF, "number": NUMBERS, "model": MODELS},
    "cancel": {"by": STAFF, "number": NUMBERS},
    "accept": {"by": ANSWERING, "number": NUMBERS},
    "give_ownership": {"by": STAFF, "number": NUMBERS},
    "take_ownership": {"by": OWNERS, "number": NUMBERS},
    "wait": {"hours": HOURS},
    "wait_for_an_end": {"is_before": YES_OR_NO},
    "work": {"job": JOBS},
}
OFTEN = ["assign", "assign", "assign", "visit", "ask_back", "accept", "accept", "wait_for_an_end"]


class Machine(Moving):
    """One rule for all moves, chosen by Hypothesis’s seed: its own choices repeat themselves."""

    @initialize(chance=st.randoms(use_true_random=True))
    def begin(self, chance: Random) -> None:
        self.chance = chance

    @rule()
    def move(self) -> None:
        name = self.chance.choice([*MOVES, *OFTEN])
        facts = {fact: self.chance.choice(some) for fact, some in MOVES[name].items()}
        getattr(self, name)(**facts)


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2, help="each with steps of its own")


def run(chosen: dict[str, Any]) -> int:
    shares = share_out(chosen["steps"], chosen["seed"], chosen["processes"])
    result = summed(shares)
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["violations"] else 0


def share_out(steps: int, seed: int, processes: int) -> list[dict[str, Any]]:
    """What each process came to; one alone is this one."""
    if processes == 1:
        return [soak(steps, seed)]
    database.close()  # each opens a connection of its own
    seeds = [seed + APART * number for number in range(processes)]
    with ProcessPoolExecutor(processes, get_context("fork")) as pool:
        return list(pool.map(soak, [steps // processes] * processes, seeds))


def summed(results: list[dict[str, Any]]) -> dict[str, Any]:
    done = sum((Counter(one["done"]) for one in results), Counter[str]())
    return {
        **results[0],
        **{name: sum(one[name] for one in results) for name in ("steps", "refused", "violations")},
        "done": dict(done.most_common()),
        "seconds": max(one["seconds"] for one in results),
        "shown": [words for one in results for words in one["shown"]][:MOST_SHOWN],
    }


def soak(steps: int, start: int | None = None) -> dict[str, Any]:
    """So many steps, from one seed, or the same ones every time. The goal is `violations == 0`."""
    started = perf_counter()
    prepare()
    with cast.still_clock() as hand:
        tally = Tally(cast.build(), hand, steps)
        while tally.steps < steps and len(tally.found) < MOST_SHOWN:
            walk(tally, start)
            start = None if start is None else start + 1
    return {
        "soak": "states",
        "steps": tally.steps,
        "refused": tally.steps - tally.done.total(),
        "done": dict(tally.done.most_common()),
        "seconds": round(perf_counter() - started, 1),
        "violations": len(tally.found),
        "shown": tally.found[:MOST_SHOWN],
        "goal": 0,
    }


def walk(tally: Tally, start: int | None) -> None:
    """A few thousand steps, so that Hypothesis never has to remember more."""
    left = -(-(tally.most - tally.steps) // RUN)
    chosen = settings(
        max_examples=min(left, MOST_RUNS),
        stateful_step_count=RUN,
        derandomize=start is None,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    machine = type("Machine", (Machine,), {"tally": tally})
    if start is not None:
        machine = seed(start)(machine)
    run_state_machine_as_test(machine, settings=chosen)
