"""The floor of a page of the client list: its rows by one prepared statement in plain psycopg.

The statement runs as the application's role, in a transaction with the same three settings, under
the same policies. It returns what the page prints of each row (its columns, branch, tags, monthly
figures and the person's own role), with the same rule of visibility, filter and order. There is
more than one way to write it, and which is best depends on who asks for what: walk an index of
the firm, take the top of each branch (lateral), begin with the person's ties, or begin with what a
search or tag finds. All that apply are tried, and the floor is the fastest.
"""

import statistics
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from practice import clock

MOST = 51  # in the text: a plan for any limit would be a plan for a tenth of the table
SETTLING = 4  # further runs: PostgreSQL settles on a plan for a prepared statement after five
WARM = 5  # and runs that count
HOPELESS = 3.0  # a shape that takes so many times the best so far, and this, is given up:
HOPELESS_MS = 5.0
PATIENCE_MS = 300.0  # what the first run of a shape may take, the cache being cold

ORDERS = {
    "name": "c.name_sort, c.id",
    "-name": "c.name_sort DESC, c.id DESC",
    "connected": "c.connected_on NULLS LAST, c.id",
    "-connected": "c.connected_on DESC NULLS LAST, c.id DESC",
    "activity": "c.last_activity_at NULLS LAST, c.id",
    "-activity": "c.last_activity_at DESC NULLS LAST, c.id DESC",
}
TIED = (
    "EXISTS (SELECT FROM clients_teamassignment t WHERE t.content_object_id = c.id"
    " AND t.firm_id = %(firm)s AND t.user_id = %(user)s"
    " AND (t.ends_at IS NULL OR t.ends_at > %(now)s))"
)
TIES = (
    "(SELECT content_object_id AS id FROM clients_teamassignment t WHERE t.firm_id = %(firm)s"
    " AND t.user_id = %(user)s AND (t.ends_at IS NULL OR t.ends_at > %(now)s))"
)
TAGS_OF_ROW = (
    "ARRAY(SELECT g.name FROM clients_tag g WHERE g.id = ANY (p.tag_ids) AND g.firm_id = %(firm)s)"
)
PAGE = f"""
WITH p AS MATERIALIZED (
  SELECT c.* FROM {{body}} LIMIT {MOST}
)
SELECT p.id, p.name, p.client_number, p.status, p.billing_model, p.is_restricted, p.connected_on,
  p.last_activity_at, p.name_sort, b.name, {TAGS_OF_ROW}, u.monthly, t.role{{more}}
FROM p
CROSS JOIN LATERAL (SELECT name FROM practice_branch b WHERE b.id = p.branch_id OFFSET 0) b
LEFT JOIN LATERAL (
  SELECT monthly FROM clients_usagesnapshot u WHERE u.connection_id = p.id OFFSET 0) u ON true
LEFT JOIN LATERAL (
  SELECT role FROM clients_teamassignment t WHERE t.firm_id = %(firm)s AND t.user_id = %(user)s
  AND t.content_object_id = p.id AND (t.ends_at IS NULL OR t.ends_at > %(now)s) OFFSET 0
) t ON true
ORDER BY {{outer}}
"""
COUNT = ", (SELECT count(*) FROM (SELECT FROM {body} LIMIT 1001) s)"
CONTEXT = (
    "SELECT set_config('app.realm', 'staff', true), set_config('app.firm_id', %s, true),"
    " set_config('app.user_id', %s, true)"
)


@dataclass(frozen=True)
class Question:
    """What a case asks, in SQL over `clients_connection c`."""

    where: tuple[str, ...] = ()
    order: str = "name"
    beyond: str = ""  # the position, for pages after or before another
    is_backward: bool = False
    found: str = ""  # a set of ids that a search or tag begins with
    branches: tuple[int, ...] = ()
    printed: str = ""  # columns of `p` that the page shows for this question alone
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """Whom a persona sees."""

    user_id: int
    firm_id: int
    branches: tuple[int, ...] = ()
    is_by_ties: bool = False
    sees_restricted: bool = False
    sees_disconnected: bool = True

    def conditions(self) -> Iterator[str]:
        if self.is_by_ties:
            yield TIED
        elif not self.sees_restricted:
            yield f"(NOT c.is_restricted OR {TIED})"
        if not self.sees_disconnected:
            yield "c.status <> 'disconnected'"


@dataclass(frozen=True)
class Statement:
    text: str
    planner: str


@dataclass(frozen=True)
class Floor:
    """The best statement for a question, and the ids it answers with."""

    shape: str
    scope: Scope
    whole: Statement
    rows_alone: Statement  # without the capped count that the page prints
    values: Mapping[str, Any]
    ids: list[int]


class Statements:
    """All ways to write one question, for one scope."""

    def __init__(self, scope: Scope, question: Question) -> None:
        self.scope, self.question = scope, question
        own, asked = set(scope.branches), set(question.branches)
        self.branches = sorted(own & asked if own and asked else own or asked)

    @property
    def values(self) -> dict[str, Any]:
        return {
            "firm": self.scope.firm_id,
            "user": self.scope.user_id,
            "now": clock.now(),
            "branches": self.branches,
            **self.question.values,
        }

    def where(self) -> list[str]:
        words = ["c.firm_id = %(firm)s", *self.scope.conditions(), *self.question.where]
        return words + ([self.question.beyond] if self.question.beyond else [])

    def shapes(self) -> Iterator[tuple[str, str]]:
        """Name, and everything behind FROM."""
        every, order = self.where(), f" ORDER BY {self.order}"
        within = [*every, *self.in_branches()]
        for name, body in self.short_lists(within):
            yield name, body + order
        if len(self.branches) > 1:
            yield "branches", self.lateral(every) + order
        yield "walk", f"clients_connection c WHERE {' AND '.join(within)}{order}"
        yield "in order", self.in_order(within)

    def counts(self) -> Iterator[str]:
        within = [*self.where(), *self.in_branches()]
        yield f"clients_connection c WHERE {' AND '.join(within)}"
        first = within[:1] + (self.in_branches() if len(self.branches) == 1 else [])
        rest = [word for word in within if word not in first] or ["true"]
        yield (
            f"(SELECT * FROM clients_connection c WHERE {' AND '.join(first)} OFFSET 0) c"
            f" WHERE {' AND '.join(rest)}"
        )
        for _, body in self.short_lists(within):
            yield body

    def in_branches(self) -> list[str]:
        if len(self.branches) == 1:
            return ["c.branch_id = (%(branches)s::bigint[])[1]"]
        return ["c.branch_id = ANY (%(branches)s)"] if self.branches else []

    def short_lists(self, within: list[str]) -> Iterator[tuple[str, str]]:
        """Beginning with a set of ids: the person's ties, or what a search or tag finds."""
        if self.scope.is_by_ties:
            rest = " AND ".join(word for word in within if word != TIED)
            yield "ties", f"{TIES} k JOIN clients_connection c USING (id) WHERE {rest}"
        if self.question.found:
            source = f"{self.question.found} k(id) JOIN clients_connection c USING (id)"
            yield "found", f"{source} WHERE {' AND '.join(within)}"

    def in_order(self, within: list[str]) -> str:
        """An index of the firm (or the one branch) in the page's order, filtered as it is read."""
        first = ["c.firm_id = %(firm)s", *([self.question.beyond] if self.question.beyond else [])]
        first += self.in_branches() if len(self.branches) == 1 else []
        rest = [word for word in within if word not in first]
        return (
            f"(SELECT * FROM clients_connection c WHERE {' AND '.join(first)}"
            f" ORDER BY {self.order} OFFSET 0) c WHERE {' AND '.join(rest)}"
        )

    def lateral(self, every: list[str]) -> str:
        return (
            "unnest(%(branches)s::bigint[]) k(branch) CROSS JOIN LATERAL (SELECT c.* FROM"
            f" clients_connection c WHERE {' AND '.join([*every, 'c.branch_id = k.branch'])}"
            f" ORDER BY {self.order} LIMIT {MOST}) c"
        )

    @property
    def order(self) -> str:
        return ORDERS[self.question.order]

    def text(self, body: str, counted: str = "") -> str:
        more = f", {self.question.printed}" if self.question.printed else ""
        more += COUNT.format(body=counted) if counted else ""
        return PAGE.format(body=body, outer=self.order.replace("c.", "p."), more=more)


def without_position(question: Question) -> Question:
    return Question(question.where, question.order, found=question.found,
                    branches=question.branches, printed=question.printed,
                    values=question.values)  # fmt: skip


# Under row-level security PostgreSQL expects one row, so it likes to read and sort everything, with
# helpers. Who knows that, and writes the statement by hand, sets the planner for it.
PLANNERS = {
    "": "-c max_parallel_workers_per_gather=0",
    "no sort": "-c max_parallel_workers_per_gather=0 -c enable_sort=off",
    "index": "-c max_parallel_workers_per_gather=0 -c enable_sort=off -c enable_bitmapscan=off",
    "anew": "-c max_parallel_workers_per_gather=0 -c plan_cache_mode=force_custom_plan",
}


class Floors:
    """Runs statements as the application's role, on one connection for each set of the planner."""

    def __init__(self, address: Mapping[str, Any], warm: int = WARM) -> None:
        self.warm = warm
        self.connections = {
            name: psycopg.connect(**address, options=options) for name, options in PLANNERS.items()
        }

    def close(self) -> None:
        for connection in self.connections.values():
            connection.close()

    def find(self, scope: Scope, question: Question) -> Floor:
        """The fastest shape, warm: PostgreSQL has its plan for the prepared statement."""
        made = Statements(scope, question)
        whole = Statements(scope, without_position(question))
        bodies = dict(made.shapes())
        tried = {(shape, name): bodies[shape] for shape in bodies for name in self.connections}
        texts = {key: made.text(body) for key, body in tried.items()}
        (shape, planner), ids = self.best(texts, made.values, scope)
        counting = {
            (counted, name): made.text(bodies[shape], counted)
            for counted in whole.counts()
            for name in self.connections
        }
        best, _ = self.best(counting, made.values, scope)
        return Floor(
            shape=shape,
            scope=scope,
            whole=Statement(counting[best], best[1]),
            rows_alone=Statement(texts[shape, planner], planner),
            values=made.values,
            ids=ids,
        )

    def best(
        self, texts: Mapping[tuple[str, str], str], values: Mapping[str, Any], scope: Scope
    ) -> tuple[tuple[str, str], list[int]]:
        """Key of the fastest statement, and the ids it answers with."""
        times: dict[tuple[str, str], float] = {}
        ids: list[int] = []
        for key, text in texts.items():
            least = min(times.values(), default=None)
            try:
                times[key], rows = self.median(text, values, scope, key[1], least)
            except psycopg.errors.QueryCanceled:
                continue
            ids = [row[0] for row in rows]
        return min(times, key=lambda key: times[key]), ids

    def median(
        self,
        text: str,
        values: Mapping[str, Any],
        scope: Scope,
        planner: str,
        least: float | None,
    ) -> tuple[float, list[Any]]:
        most = None if least is None else HOPELESS_MS + HOPELESS * least
        patience = None if most is None else max(PATIENCE_MS, most)
        self.run(text, values, scope, planner, patience)
        took, rows = self.run(text, values, scope, planner, patience)
        if most is not None and took > most:
            return took, rows
        if not self.warm:
            return took, rows
        runs = range(SETTLING + self.warm)
        times = [self.run(text, values, scope, planner)[0] for _ in runs]
        return statistics.median(times[SETTLING:]), rows

    def time(self, floor: Floor, statement: Statement) -> float:
        return self.run(statement.text, floor.values, floor.scope, statement.planner)[0]

    def run(
        self,
        text: str,
        values: Mapping[str, Any],
        scope: Scope,
        planner: str = "",
        patience_ms: float | None = None,
    ) -> tuple[float, list[Any]]:
        """Milliseconds from BEGIN to COMMIT, the rows fetched in between.

        Raises `QueryCanceled` when the statement takes longer than `patience_ms`.
        """
        connection = self.connections[planner]
        started = time.perf_counter()
        with connection.transaction(), connection.cursor(binary=True) as cursor:
            if patience_ms is not None:
                cursor.execute(f"SET LOCAL statement_timeout = {int(patience_ms)}")
            facts = [str(scope.firm_id), str(scope.user_id)]
            cursor.execute(CONTEXT, facts, prepare=True)
            rows = cursor.execute(text, values, prepare=True).fetchall()
        return (time.perf_counter() - started) * 1000, rows
