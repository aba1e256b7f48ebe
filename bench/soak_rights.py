"""Do `has_perm`, `explain` and the querysets agree, in worlds that nobody thought of?

Every permission, every person, every client, branch and firm of two firms: with roles, overrides,
ends of assignments, restrictions, states, archived branches, and a second factor required or not.
"""

import json
import sys
from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterator
from time import perf_counter
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection as database
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, seed, settings
from time_machine import travel

from bench.soak_cast import arranging
from bench.soak_worlds import PLANS, Plan, World, build
from clients.models import Connection
from practice import auth
from practice.models import Branch, Firm, User
from practice.permissions import CATALOGUE, Permission, Standing

TOLD_EVERY = 100  # worlds
MOST_SHOWN = 20
PERMISSIONS = list(CATALOGUE.values())
Listed = tuple[Permission, str, int]  # permission, model, id
Statement = tuple[str, tuple[Any, ...]]


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--worlds", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)


def run(chosen: dict[str, Any]) -> int:
    result = soak(chosen["worlds"], chosen["seed"])
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["disagreements"] else 0


def soak(worlds: int, start: int) -> dict[str, Any]:
    """So many worlds, drawn from one seed. The goal is `disagreements == 0`."""
    tally = Tally()

    @seed(start)
    @settings(
        max_examples=worlds,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(PLANS)
    def walk(plan: Plan) -> None:
        tally.add(plan)

    started = perf_counter()
    walk()
    return {
        "soak": "rights",
        "worlds": tally.worlds,
        "seed": start,
        "answers": tally.answers,
        "seconds": round(perf_counter() - started, 1),
        "disagreements": len(tally.found),
        "shown": tally.found[:MOST_SHOWN],
        "goal": 0,
    }


class Tally:
    """What the worlds so far have come to; told on stderr as it grows."""

    def __init__(self) -> None:
        self.worlds, self.answers = 0, 0
        self.found: list[str] = []

    def add(self, plan: Plan) -> None:
        answers, found = look_at(plan)
        self.worlds += 1
        self.answers += answers
        self.found += found
        if self.worlds % TOLD_EVERY == 0:
            sys.stderr.write(f"{self.worlds} worlds, {len(self.found)} disagreements\n")


def look_at(plan: Plan) -> tuple[int, list[str]]:
    """How many answers one world gave, and which of them differ; nothing of it remains.

    Time stands still in it, so that the same question is the same statement to the last parameter.
    """
    with travel(timezone.now(), tick=False), arranging(), transaction.atomic():
        world = build(plan)
        found = [words for user in world.people for words in disagreements(world, user)]
        answers = sum(asked(world, user) for user in world.people)
        transaction.set_rollback(True)
    return answers, found


def asked(world: World, user: User) -> int:
    """How many answers are compared for one person."""
    rows: list[Any] = [*world.clients, *world.branches, *world.firms]
    inside = sum(bool(user.known_standings[row.firm_id]) for row in rows)
    return len(PERMISSIONS) * inside + len(rows) - inside


def disagreements(world: World, user: User) -> Iterator[str]:
    """Of one person, in both firms, asked as a request asks: what they hold is read once."""
    user.known_standings = {firm.pk: auth.find_standing(user, firm.pk) for firm in world.firms}
    fresh = User.objects.get(pk=user.pk)
    rows: list[Any] = [*world.clients, *world.branches, *world.firms]
    for firm in world.firms:
        standing = user.known_standings[firm.pk]
        here = [row for row in rows if row.firm_id == firm.pk]
        remember(standing, here)
        listed = permitted(user, firm, standing)
        if standing is None and listed:
            yield f"{user} does not work at firm {firm.pk}, and {sorted(listed)} are listed"
        for permission, row in questions(standing, here):
            yield from compare(user, permission, row, (permission, *key(row)) in listed)
        yield from unremembered(fresh, user, here)


def questions(standing: Standing | None, rows: list[Any]) -> Iterator[tuple[Permission, Any]]:
    """Everything about every row. Who does not work there is told so before any rule is looked at:
    of them one permission per row, in turn."""
    if standing is None:
        return ((PERMISSIONS[row.pk % len(PERMISSIONS)], row) for row in rows)
    return ((permission, row) for permission in PERMISSIONS for row in rows)


def key(row: Any) -> tuple[str, int]:
    return type(row).__name__, row.pk


def permitted(user: User, firm: Firm, standing: Standing | None) -> set[Listed]:
    """The plural: what the querysets list.

    The firm itself has no queryset; its plural is the rule that pages over many branches ask.
    """
    asked: list[tuple[Permission, type[Any], Any]] = [
        (code, Connection, Connection.objects.permitted(user, firm.pk, code))
        for code in PERMISSIONS
    ]
    if standing is None:
        return listed(asked)
    asked += [(code, Branch, Branch.objects.where(standing, code)) for code in PERMISSIONS]
    return listed(asked) | {(code, "Firm", firm.pk) for code in PERMISSIONS if standing.holds(code)}


def listed(asked: list[tuple[Permission, type[Any], Any]]) -> set[Listed]:
    """Every row of every queryset, in one round trip that sends the same statement once."""
    askers: dict[Statement, list[tuple[Permission, str]]] = defaultdict(list)
    for code, model, rows in asked:
        if statement := words(rows.order_by().values_list("pk")):
            askers[statement].append((code, model.__name__))
    if not askers:
        return set()
    union = " UNION ALL ".join(
        f"SELECT {number}, one.* FROM ({text}) AS one" for number, (text, _) in enumerate(askers)
    )
    whose = list(askers.values())
    with database.cursor() as cursor:
        cursor.execute(union, [value for _, values in askers for value in values])
        return {(*asker, pk) for number, pk in cursor.fetchall() for asker in whose[number]}


def words(rows: Any) -> Statement | None:
    """The statement to the last parameter; None where Django knows that there are no rows."""
    try:
        statement: Statement = rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    return statement


def remember(standing: Standing | None, rows: list[Any]) -> None:
    """As `get_connection` does: the role comes along with the row."""
    for row in rows:
        if standing and isinstance(row, Connection):
            row.__dict__.pop("known_ties", None)
            row.remember_tie(standing, row.tie_role_of(standing))


def compare(user: User, permission: str, row: Any, is_listed: bool) -> Iterator[str]:
    explained = auth.explain(user, permission, row).allowed
    has = user.has_perm(permission, row)
    if not explained == has == is_listed:
        yield (
            f"{permission} on {type(row).__name__} {row.pk} for {user}:"
            f" explain {explained}, has_perm {has}, listed {is_listed}"
        )


def unremembered(fresh: User, user: User, rows: list[Any]) -> Iterator[str]:
    """Who has remembered nothing is told the same: one permission per row, in turn.

    A client forgets its tie and its branch. The person forgets what they hold, which depends on
    the firm alone, at one row of it.
    """
    for number, row in enumerate(rows):
        code = PERMISSIONS[row.pk % len(PERMISSIONS)]
        bare = type(row).objects.get(pk=row.pk) if isinstance(row, Connection) else row
        asker = user if number else fresh
        if asker.has_perm(code, bare) != user.has_perm(code, row):
            yield f"{code} on {type(row).__name__} {row.pk} for {user}: fresh and known differ"
