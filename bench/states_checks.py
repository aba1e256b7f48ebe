"""After each step: history, rows and what must always hold, against the model."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bench import states_model as m
from bench.states_model import Client
from bench.states_moves import Log
from bench.states_returns import Life
from bench.states_rows import FACTS, HISTORY, LAST, Row, fetch, grouped, look, row_of
from bench.states_world import World

Rows = dict[int, list[tuple[Any, ...]]]  # of each client, by number


@dataclass
class Checks:
    """Of one run: where history stood, and how each client was when it was first seen.

    `rows` and `ties` are what stood there after the last step, by number.
    """

    world: World
    life: Life
    marks: dict[str, int] = field(default_factory=dict)
    kept: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    ties: list[dict[str, m.Tie]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.firm_id = int(self.world.stage.firm.pk)
        self.names = {user.pk: name for name, user in self.world.stage.users.items()}
        self.marks = {table: last or 0 for table, last in fetch(LAST)}

    def problems(self, expected: Log, by: str | None, says: str) -> Iterator[str]:
        """What differs after one step; `expected` is empty where it was refused."""
        marks = [self.marks[table] for table in (*HISTORY, "event")]
        grown, clients, ties, periods, links = look(self.firm_id, marks)
        self.rows = [row_of(*row) for row in clients]
        numbers = {row.pk: number for number, row in enumerate(self.rows)}
        yield from self.history(grown, numbers, expected, by, says)
        yield from self.assigned(ties, numbers)
        yield from self.facts(numbers, grouped(periods, numbers), grouped(links, numbers))

    def history(
        self,
        grown: list[tuple[Any, ...]],
        numbers: dict[int, int],
        expected: Log,
        by: str | None,
        says: str,
    ) -> Iterator[str]:
        """Exactly these rows, each with a reason and with who did it."""
        accounts = {row.account_id: row.account for row in self.rows}
        gained: Log = Counter()
        for table, pk, row, person, kind, user, reason in grown:
            self.marks[table] = max(self.marks[table], pk)
            key: Any = accounts.get(row) if table == "account" else numbers.get(row)
            key = (key, self.names.get(person)) if table == "tie" else key
            actor = self.names.get(user)
            gained[table, key, kind, actor] += 1
            if not reason or (table != "event" and actor == by and says not in reason):
                yield f"{table} {key}{kind}: the reason is {reason!r}, not {says!r}"
        if gained != expected:
            yield f"history gained {dict(gained - expected)}, and lacks {dict(expected - gained)}"

    def assigned(self, ties: list[tuple[Any, ...]], numbers: dict[int, int]) -> Iterator[str]:
        self.ties = [{} for _ in numbers]
        for row, user, role, ends_at in ties:
            number, name = numbers[row], self.names[user]
            if name in self.ties[number]:
                yield f"{name} is assigned twice to {number}"
            self.ties[number][name] = m.Tie(role, ends_at)

    def facts(self, numbers: dict[int, int], periods: Rows, links: Rows) -> Iterator[str]:
        rows, clients = self.rows, self.life.clients
        if len(rows) != len(clients):
            yield f"{len(rows)} clients, not {len(clients)}"
        for number, (row, client) in enumerate(zip(rows, clients, strict=False)):
            seen = {
                **row.facts,
                "branch": row.branch,
                "replaces": numbers[row.replaces] if row.replaces else None,
                "archived": row.archived_at,
                "ties": self.ties[number],
                "periods": periods.get(number, []),
                "invitations": [m.Invitation(*one) for one in links.get(number, [])],
            }
            yield from differences(number, seen, written(client))
            yield from self.always(row, number, self.ties[number], periods.get(number, []))

    def always(
        self, row: Row, number: int, ties: dict[str, m.Tie], periods: list[tuple[Any, ...]]
    ) -> Iterator[str]:
        """Whatever happened: design 4."""
        people, status = self.life.people, row.facts["status"]
        if ties and status not in m.CONNECTED:
            yield f"{number} is {status}, and {sorted(ties)} are assigned"
        if outside := [name for name in ties if not people[name].may_keep(row.branch)]:
            yield f"{outside} are assigned to {number} and do not work in {row.branch}"
        if sum(closed is None for _, closed, _ in periods) != (status in m.CONNECTED):
            yield f"{number} is {status} with the periods {periods}"
        if (row.facts["paused_at"] is not None) != (status == m.PAUSED):
            yield f"{number} is {status} and paused since {row.facts['paused_at']}"
        if self.kept.setdefault(number, row.kept) != row.kept:
            yield f"{number} was {self.kept[number]} and is {row.kept}"


def written(client: Client) -> dict[str, Any]:
    """The same facts by the papers."""
    return {
        **{name: getattr(client, name) for name in FACTS},
        "branch": client.branch,
        "replaces": client.replaces,
        "archived": client.account.archived_at,
        "ties": client.ties,
        "periods": client.periods,
        "invitations": client.invitations,
    }


def differences(number: int, seen: dict[str, Any], expected: dict[str, Any]) -> Iterator[str]:
    for name, should_be in expected.items():
        if seen[name] != should_be:
            yield f"{name} of {number} is {seen[name]!r}, by the papers {should_be!r}"
