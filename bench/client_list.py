"""`manage.py bench client_list`: the client list against its floor, for five people (design 7)."""

import json
import re
import statistics
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db import connection

from bench import world
from bench.companies import RARE
from bench.floors import WARM, Floor, Floors, Question, Scope, Statements
from bench.pages import Answer, Visitor, prepare
from bench.world import BIG, PERSONAS, Persona
from clients.models.ordering import ORDERS, write_cursor
from practice import clock
from practice.roles import BranchRole, ParentRole

GOAL = 6.0
MOST_QUERIES = 12
MOST_BYTES = 61_440
FULL_PAGE_BEFORE = 60
JUDGED_FROM = 100_000  # with fewer clients the milliseconds are told, not judged
RUNS = 21
PATIENCE_MS = 6_000  # slower cases are measured fewer times
PATH = f"/firm-{BIG:03}/clients/"
ROW = re.compile(rb'<a class=nm href="(\d+)/')
OPEN = "c.status <> 'disconnected'"


@dataclass(frozen=True)
class Case:
    """A page of the list: its address, and the same question for the floor."""

    name: str
    query: Mapping[str, Any] = field(default_factory=dict)
    question: Question = field(default_factory=lambda: Question(where=(OPEN,)))


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--connections", type=int, default=1_000_000, help="clients (1,000,000)")
    parser.add_argument("--persona", choices=[p.name for p in PERSONAS], help="this one only")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"requests per case ({RUNS})")


def run(chosen: Mapping[str, Any]) -> int:
    """Print one line for each case; 1 when one of them misses its goal."""
    count: int = chosen["connections"]
    world.ensure(count)
    prepare()
    missed = 0
    is_judged = count >= JUDGED_FROM
    runs, warm = (chosen["runs"], WARM) if is_judged else (1, 0)
    with closing(Floors(application(), warm)) as floors:
        for persona in PERSONAS:
            if chosen["persona"] in (None, persona.name):
                bench = Bench(persona, floors, runs, is_judged)
                for case in bench.cases():
                    if chosen["only"] in case.name:
                        missed += not bench.report(case)
    return 1 if missed else 0


def application() -> dict[str, Any]:
    known = connection.settings_dict
    facts = {"host": known["HOST"], "port": known["PORT"], "user": known["USER"]}
    facts |= {"password": known["PASSWORD"], "dbname": known["NAME"]}
    return {name: value for name, value in facts.items() if value}


@dataclass(frozen=True)
class Figures:
    queries: int
    html_bytes: int
    floor_ms: float
    rows_ms: float
    page_ms: float
    judged_by_ms: float

    @property
    def ratio(self) -> float:
        return self.page_ms / self.judged_by_ms

    def told(self) -> dict[str, Any]:
        return {
            "floor_ms": round(self.floor_ms, 2),
            "page_ms": round(self.page_ms, 2),
            "ratio": round(self.ratio, 1),
            "ratio_to_floor": round(self.page_ms / self.floor_ms, 1),
            "goal": GOAL,
            "queries": self.queries,
            "html_bytes": self.html_bytes,
            "rows_only_ms": round(self.rows_ms, 2),
        }


class Bench:
    """One persona's cases.

    A page without a row has no rows to be as quick as: its floor is a statement that reads nothing,
    and its time is the frame's. It is judged against the floor of the person's first page (0007).
    """

    first_page_ms = 0.0

    def __init__(self, persona: Persona, floors: Floors, runs: int, is_judged: bool) -> None:
        self.persona, self.floors, self.runs, self.is_judged = persona, floors, runs, is_judged
        self.user_id = world.persona_ids()[persona.name]
        self.visitor = Visitor(self.user_id)
        self.own_branches = tuple(place + 1 for place in persona.places)

    @property
    def scope(self) -> Scope:
        role = self.persona.branch_role
        is_member = role == BranchRole.MEMBER
        return Scope(
            user_id=self.user_id,
            firm_id=BIG,
            branches=() if is_member or not role else self.own_branches,
            is_by_ties=is_member,
            sees_restricted=self.persona.parent_role == ParentRole.SUPER_ADMIN or is_member,
            sees_disconnected=not is_member,
        )

    def report(self, case: Case) -> bool:
        query = urlencode({**self.base, **case.query}, doseq=True)
        first = self.visitor.get(PATH, query)
        queries = len(self.visitor.queries(PATH, query))
        floor = self.floors.find(self.scope, case.question)
        floor_ms, rows_ms, page_ms = self.measure(floor, query)
        expected = floor.ids[:50][::-1] if case.question.is_backward else floor.ids[:50]
        self.first_page_ms = self.first_page_ms or floor_ms
        against = floor_ms if expected else max(floor_ms, self.first_page_ms)
        figures = Figures(queries, len(first.body), floor_ms, rows_ms, page_ms, against)
        problems = list(self.problems(figures, expected, first))
        line: dict[str, Any] = {
            "bench": "client_list",
            "case": case.name,
            "persona": self.persona.name,
            **figures.told(),
            "rows": len(expected),
            "floor": floor.shape,
        }
        print(json.dumps(line | ({"missed": problems} if problems else {})), flush=True)
        return not problems

    def measure(self, floor: Floor, query: str) -> tuple[float, float, float]:
        """Medians of the floor, of its rows alone, and of the page.

        Each statement follows a page, and each page a statement: they share the machine's mood, and
        none finds the processor's cache warmed by its like.
        """
        whole: list[float] = []
        rows: list[float] = []
        pages: list[float] = []
        for turn in range(self.runs + self.floors.warm // 2):
            took = [self.visitor.get(PATH, query).ms]
            whole.append(self.floors.time(floor, floor.whole))
            took.append(self.visitor.get(PATH, query).ms)
            rows.append(self.floors.time(floor, floor.rows_alone))
            pages += took
            if turn >= 5 and sum(whole) + sum(rows) + sum(pages) > PATIENCE_MS:
                break
        median = statistics.median
        cold = min(2, len(whole) - 1)
        return median(whole[cold:]), median(rows[cold:]), median(pages[2 * cold :])

    @property
    def base(self) -> dict[str, Any]:
        """Who works in many branches chooses all of them; else the list shows one (F-011)."""
        return {"all_branches": "on"} if len(self.own_branches) > 1 else {}

    def problems(self, figures: Figures, expected: list[int], first: Answer) -> Iterator[str]:
        if first.status != 200:
            yield f"answered {first.status}"
        elif shown_rows(first.body) != expected:
            yield "other rows than the floor's"
        if self.is_judged and figures.ratio > GOAL:
            yield "ratio"
        if figures.queries > MOST_QUERIES:
            yield "queries"
        if figures.html_bytes > MOST_BYTES:
            yield "html_bytes"

    def cases(self) -> Iterator[Case]:
        for key in ORDERS:
            yield Case(f"sort {key}", {"sort": key}, Question(where=(OPEN,), order=key))
        yield from self.places()
        yield from self.searches()
        yield from self.filters()
        yield from self.combined()

    # Pages that are not the first

    def places(self) -> Iterator[Case]:
        yield self.after("second page", "name", 49)
        yield self.after("deep page", "name", int(self.size * 0.97))
        yield self.after("deep page by activity", "-activity", int(self.size * 0.97))
        if self.size > FULL_PAGE_BEFORE:  # with fewer rows before it, the first page is shown
            yield self.before("previous page", max(FULL_PAGE_BEFORE, self.size // 2))

    @cached_property
    def size(self) -> int:
        return int(self.ask("count(*)")[0][0])

    def ask(self, columns: str, more: str = "", order: str = "name", **values: Any) -> list[Any]:
        made = Statements(self.scope, Question(where=(OPEN,), order=order))
        body = dict(made.shapes())["walk"] if more else next(made.counts())
        text = f"SELECT {columns} FROM {body} {more}"
        return self.floors.run(text, {**made.values, **values}, self.scope)[1]

    def row_at(self, order: str, place: int) -> tuple[Any, int]:
        column = ORDERS[order].column
        place = max(0, min(place, self.size - 2))
        found = self.ask(f"c.{column}, c.id", "OFFSET %(place)s LIMIT 1", order, place=place)
        first: tuple[Any, int] = found[0]
        return first

    def after(self, name: str, key: str, place: int) -> Case:
        order, (value, pk) = ORDERS[key], self.row_at(key, place)
        sign = "<" if order.is_descending else ">"
        beyond = f"(c.{order.column}, c.id) {sign} (%(value)s, %(pk)s)"
        if value is None:
            beyond = f"c.{order.column} IS NULL AND c.id {sign} %(pk)s"
        question = Question((OPEN,), key, beyond, values={"value": value, "pk": pk})
        cursor = write_cursor((value, pk))
        return Case(name, {"sort": key, "after": cursor, "start": place + 2}, question)

    def before(self, name: str, place: int) -> Case:
        value, pk = self.row_at("name", place)
        question = Question(
            (OPEN,), "-name", "(c.name_sort, c.id) < (%(value)s, %(pk)s)", is_backward=True,
            values={"value": value, "pk": pk},
        )  # fmt: skip
        return Case(name, {"before": write_cursor((value, pk)), "start": place}, question)

    # Searches

    def searches(self) -> Iterator[Case]:
        some: dict[str, Any] = {"more": "OFFSET %(place)s LIMIT 1", "place": self.size // 3}
        row = self.ask("c.client_number, c.contact_email", **some)[0]
        yield self.search("rare search", RARE)
        yield self.search("common search", "bakery")
        yield self.search("very common search", "limited")
        yield self.search("two-word search", "bakery juniper")
        yield self.search("client id search", row[0])
        yield self.search("contact email search", row[1])

    def search(self, name: str, words: str) -> Case:
        folded = sorted(words.casefold().split(), key=len, reverse=True)
        values = {f"word{n}": f"%{word}%" for n, word in enumerate(folded)}
        where = (OPEN, *(f"c.search_text LIKE %({word})s" for word in values))
        needles = ", ".join(f"%({word})s" for word in values)
        found = f"app.find_connections(ARRAY[{needles}]::text[], 1000000)"
        return Case(name, {"q": words}, Question(where, found=found, values=values))

    # Filters

    def filters(self) -> Iterator[Case]:
        now = clock.now()
        yield self.only("status paused", {"status": "paused"}, "c.status = 'paused'")
        yield Case(
            "status disconnected",
            {"status": "disconnected"},
            Question(
                where=("c.status = 'disconnected'",),
                printed="p.disconnected_at, p.disconnect_reason",
            ),
        )
        mine = self.own_branches or (40, 80, 120)
        yield self.in_branches("branch one", mine[-1:])
        yield self.in_branches("branch three", mine[-3:])
        yield self.only("model", {"model": "client_pays"}, "c.billing_model = 'client_pays'")
        inactive, dormant = now - timedelta(days=30), now - timedelta(days=90)
        for name, words in {
            "active": "c.last_activity_at > %(inactive)s",
            "inactive": "c.last_activity_at <= %(inactive)s AND c.last_activity_at > %(dormant)s",
            "dormant": "(c.last_activity_at <= %(dormant)s OR c.last_activity_at IS NULL)",
        }.items():
            yield self.only(
                f"activity {name}", {"activity": name}, words, inactive=inactive, dormant=dormant
            )
        yield from self.tag_filters()
        today = clock.today()
        since, until = today - timedelta(days=400), today - timedelta(days=200)
        yield self.only(
            "since range",
            {"since_from": since, "since_to": until},
            "c.connected_on BETWEEN %(since)s AND %(until)s",
            since=since,
            until=until,
        )
        yield self.only(
            "subscription", {"subscription": "past_due"}, "c.subscription_status = 'past_due'"
        )
        job = "(SELECT u.last_job_at FROM clients_usagesnapshot u WHERE u.connection_id = c.id)"
        week = now - timedelta(days=7)
        yield self.only("usage active", {"usage": "active"}, f"{job} > %(week)s", week=week)
        yield self.only(
            "access disabled", {"access": "disabled"}, "c.access_disabled_at IS NOT NULL"
        )
        yield self.only(
            "access expired",
            {"access": "expired"},
            "c.access_disabled_at IS NULL AND c.access_requested_at IS NULL AND"
            " (c.last_accessed_at <= %(expired)s OR c.last_accessed_at IS NULL"
            " AND c.created_at <= %(expired)s)",
            expired=now - timedelta(days=60),
        )

    def only(self, name: str, query: dict[str, Any], *words: str, **values: Any) -> Case:
        return Case(name, query, Question(where=(OPEN, *words), values=values))

    def in_branches(self, name: str, branches: tuple[int, ...]) -> Case:
        question = Question(
            where=(OPEN, "c.branch_id = ANY (%(asked)s)"), branches=branches,
            values={"asked": list(branches)},
        )  # fmt: skip
        return Case(name, {"branch": branches}, question)

    def tag_filters(self) -> Iterator[Case]:
        popular, rare = BIG * 1000, BIG * 1000 + world.TAGS - 1
        yield self.tagged("tag popular", [popular])
        yield self.tagged("tag rare", [rare])
        yield self.tagged("tags any of two", [popular + 60, rare])
        yield self.tagged("tags all of two", [popular, popular + 3], is_all=True)

    def tagged(self, name: str, tags: list[int], *, is_all: bool = False) -> Case:
        words = f"c.tag_ids {'@>' if is_all else '&&'} %(tags)s::bigint[]"
        query: dict[str, Any] = {"tag": tags, **({"tags_all": "on"} if is_all else {})}
        found = "unnest(app.tagged_connections(%(tags)s, 1000000))"
        question = Question(where=(OPEN, words), found=found, values={"tags": tags})
        return Case(name, query, question)

    def combined(self) -> Iterator[Case]:
        search = self.search("", "bakery")
        yield Case(
            "search, paused, by activity",
            {"q": "bakery", "status": "paused", "sort": "-activity"},
            replace(
                search.question,
                where=(*search.question.where, "c.status = 'paused'"),
                order="-activity",
            ),
        )
        tags = self.tagged("", [BIG * 1000])
        month = clock.now() - timedelta(days=30)
        yield Case(
            "tag, model, active, by date",
            {**tags.query, "model": "bill_us", "activity": "active", "sort": "-connected"},
            replace(
                tags.question,
                where=(*tags.question.where, "c.billing_model = 'bill_us'",
                       "c.last_activity_at > %(month)s"),
                values={**tags.question.values, "month": month},
                order="-connected",
            ),
        )  # fmt: skip


def shown_rows(html: bytes) -> list[int]:
    return [int(pk) for pk in ROW.findall(html)]
