"""One run of the state machine: each step in the application and in the model, then compared."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from hypothesis.stateful import RuleBasedStateMachine

from bench import states_cast as cast
from bench.soak_cast import arranging
from bench.states_checks import Checks
from bench.states_doors import Doors
from bench.states_moves import Log, No
from bench.states_rows import plan_once
from bench.states_world import World
from practice.errors import Refused

MOST_CLIENTS = 8
TOLD_EVERY = 1_000  # steps
MOSTLY = 6  # of as many numbers as there are clients at most
MINUTE = timedelta(minutes=1)
DONE, REFUSED = "done", "refused"


class Tally:
    """What all runs have come to; told on stderr as it grows."""

    def __init__(self, stage: cast.Stage, hand: cast.Clock, most: int) -> None:
        self.stage, self.hand, self.most = stage, hand, most
        self.moves, self.done = Counter[str](), Counter[str]()
        self.found: list[str] = []

    @property
    def steps(self) -> int:
        return self.moves.total()

    def count(self, name: str, *, is_refused: bool) -> None:
        self.moves[name] += 1
        self.done[name] += not is_refused
        if self.steps % TOLD_EVERY == 0:
            sys.stderr.write(f"{self.steps} steps, {len(self.found)} violations\n")


class Run(RuleBasedStateMachine):
    """Begins with the cast and is rolled back. After its first violation it does nothing."""

    tally: Tally

    def __init__(self) -> None:
        super().__init__()
        self.trail: list[str] = []
        self.life, self.world = cast.on_paper(), World(self.tally.stage)
        self.move_clock(cast.NOON)
        self.stack = ExitStack()
        self.stack.enter_context(arranging())
        self.stack.enter_context(transaction.atomic())
        plan_once()
        self.checks = Checks(self.world, self.life)
        self.doors = Doors(self.world, self.life, self.checks, self.tally.steps)
        self.is_broken = False

    def teardown(self) -> None:
        if self.trail and not self.is_broken:
            self.tell([*self.doors.all_problems()])
        transaction.set_rollback(True)
        self.stack.close()

    @property
    def is_over(self) -> bool:
        return self.is_broken or self.tally.steps >= self.tally.most

    def move_clock(self, now: datetime) -> None:
        self.life.now = self.tally.hand.now = now

    def client(self, number: int, *fitting: str) -> int:
        """Mostly one in a state that fits; the rest may be refused."""
        clients = self.life.clients
        fits = [one.number for one in clients if not fitting or one.status in fitting]
        some = fits if number < MOSTLY else []
        return some[number % len(some)] if some else number % len(clients)

    def step(
        self,
        name: str,
        *args: Any,
        by: str | None = None,
        says: str = "",
        told: Sequence[Any] = (),
    ) -> None:
        """`says` stands in the history as the reason; `told` goes to the application alone."""
        if self.is_over:
            return
        self.trail.append(f"{name}{args}")
        log, outcome = self.by_the_papers(name, args), self.in_rows(name, (*args, *told))
        self.tally.count(name, is_refused=log is None)
        expected = REFUSED if log is None else DONE
        if outcome == expected:
            problems = [*self.checks.problems(log or Log(), by, says), *self.rights(args, log)]
        else:
            problems = [f"{outcome}, by the papers {expected}"]
        self.tell(problems)
        self.move_clock(self.life.now + MINUTE)

    def tell(self, problems: Sequence[str]) -> None:
        if problems:
            self.is_broken = True
            self.tally.found.append(f"{'; '.join(problems)} after {' · '.join(self.trail)}")

    def rights(self, args: tuple[Any, ...], log: Log | None) -> Iterator[str]:
        """Of the client that the step was about, or of all once time has passed or a job ran."""
        if log is not None:
            every = range(len(self.life.clients))
            yield from self.doors.problems({args[1]} if args else set(every))

    def by_the_papers(self, name: str, args: tuple[Any, ...]) -> Log | None:
        try:
            log: Log = getattr(self.life, name)(*args)
        except No:
            return None
        return log

    def in_rows(self, name: str, args: tuple[Any, ...]) -> str:
        """A refusal is an answer; anything else that is raised is told, and ends the run."""
        try:
            getattr(self.world, name)(*args)
        except Refused:
            return REFUSED
        except Exception as problem:  # noqa: BLE001
            return f"raised {problem!r}"
        return DONE
