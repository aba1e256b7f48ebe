"""`manage.py bench bulk`: bulk actions over many clients against one bare statement each.

The floor writes the same rows with one statement, under the same policies and with the same history
by triggers. Both are rolled back. `run` lines tell what a whole run takes, batches and outcomes
included; they are not judged.
"""

import json
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from bench import world
from bench.memory import peak_mb
from bench.world import BIG, BIG_SHARE
from clients.actions.access_levels import set_access_levels
from clients.actions.assignments import assign_people, tie_permission
from clients.actions.bulk import check_clients, start_run, write_clients
from clients.actions.tagging import add_tags
from clients.actions.transfers import transfer_connections
from clients.filters import matching
from clients.models import BulkRun, BulkState, Connection
from clients.roles import AccessLevel, ClientRole, ConnectionStatus
from practice import tenancy
from practice.history import because
from practice.models import Branch, Firm, User
from practice.roles import ParentRole

GOAL, MOST_STATEMENTS, MOST_GROWTH = 3.0, 60, 150  # times the floor; in all; MB
SPARE = 2.0  # clients of the firm for each that is needed: some are paused or disconnected
ROUNDS = 3
REASON = "Measured"
TAG = "Measured tag"


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--connections", type=int, default=10_000, help="clients (10,000)")


def run(chosen: Mapping[str, Any]) -> int:
    """Print one line for each action; 1 when one of them misses its goal."""
    count: int = chosen["connections"]
    world.ensure(int(count * SPARE / BIG_SHARE))
    boss = User.objects.get(pk=world.persona_ids()["super_admin"])
    with tenancy.as_system():
        cast = Cast.of(boss, count)
    missed = 0
    for case in cases(cast):
        line = measured(case, cast)
        missed += bool(line["missed"])
        print(json.dumps(line), flush=True)
    for action, parameters in runs(cast):
        print(json.dumps(whole_run(action, parameters, cast)), flush=True)
    return 1 if missed else 0


@dataclass(frozen=True)
class Cast:
    """Who does it, to which clients; where they go, and who is assigned to them."""

    boss: User
    ids: list[int]
    target: Branch
    colleague: User

    @classmethod
    def of(cls, boss: User, count: int) -> "Cast":
        target = Branch.objects.filter(firm_id=BIG).order_by("pk").last()
        assert target is not None
        rows = Connection.objects.filter(firm_id=BIG, status=ConnectionStatus.ACTIVE)
        ids = rows.exclude(branch=target).order_by("pk").values_list("pk", flat=True)[:count]
        person = User.objects.get(pk=world.persona_ids()["area_owner"])
        return cls(boss, list(ids), target, person)


@dataclass(frozen=True)
class Case:
    name: str
    floor: str
    values: Mapping[str, Any]
    act: Callable[[], Any]


def cases(cast: Cast) -> Iterator[Case]:
    by, ids = cast.boss, cast.ids
    yield Case(
        "transfer",
        "UPDATE clients_connection SET branch_id = %(branch)s WHERE id = ANY (%(ids)s)",
        {"branch": cast.target.pk},
        lambda: transfer_connections(ids, cast.target, by=by, reason=REASON),
    )
    yield Case(
        "access",
        "UPDATE clients_connection SET access_level = 'none', access_reason = 'Measured'"
        " WHERE id = ANY (%(ids)s)",
        {},
        lambda: set_access_levels(BIG, ids, AccessLevel.NONE, by=by, reason=REASON),
    )
    yield Case(
        "tags",
        "UPDATE clients_connection SET tag_ids = tag_ids || 1::bigint, version = version + 1,"
        " search_text = search_text || E'\\nmeasured tag' WHERE id = ANY (%(ids)s)",
        {},
        lambda: add_tags(ids, [TAG], by=by, reason=REASON),
    )
    yield Case(
        "team",
        "INSERT INTO clients_teamassignment (firm_id, content_object_id, user_id, permission_id,"
        " role, granted_by_id, granted_at, reason, is_primary)"
        " SELECT firm_id, id, %(user)s, %(permission)s, 'view_only', %(by)s, now(), 'Measured',"
        " false FROM clients_connection WHERE id = ANY (%(ids)s)",
        {"user": cast.colleague.pk, "by": by.pk},
        lambda: assign_people(ids, {cast.colleague.pk: ClientRole.VIEW_ONLY}, by=by, reason=REASON),
    )


@contextmanager
def rolled_back(cast: Cast) -> Iterator[None]:
    """In the firm's realm, with nothing kept; deferred checks are made before the end."""
    with tenancy.in_firm(BIG, cast.boss.pk):
        with because("So that everybody may be assigned.", by=cast.boss):
            place_everywhere(cast)
        yield
        transaction.set_rollback(True)


def place_everywhere(cast: Cast) -> None:
    """The colleague works for the firm as a whole, so that no client refuses them."""
    cast.colleague.team_members.filter(firm_id=BIG).update(parent_role=ParentRole.VIEWER)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM clients_teamassignment WHERE user_id = %s", [cast.colleague.pk])


def timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return time.perf_counter() - started


def floor_of(case: Case, cast: Cast) -> float:
    with rolled_back(cast), because("The floor.", by=cast.boss), connection.cursor() as cursor:
        values = {**case.values, "ids": cast.ids, "permission": tie_permission().pk}
        return timed(lambda: cursor.execute(case.floor, values))


def action_of(case: Case, cast: Cast) -> tuple[float, int]:
    """Seconds and statements."""
    with rolled_back(cast), counted() as statements:
        seconds = timed(case.act)
        return seconds, len(statements) - 1


@contextmanager
def counted() -> Iterator[list[str]]:
    found: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def measured(case: Case, cast: Cast) -> dict[str, Any]:
    """The best of three, each of them right after its floor."""
    before = peak_mb()
    floors, actions, statements = [], [], 0
    for _ in range(ROUNDS):
        floors.append(floor_of(case, cast))
        seconds, statements = action_of(case, cast)
        actions.append(seconds)
    ratio, growth = min(actions) / min(floors), peak_mb() - before
    missed = [
        name
        for name, is_missed in (
            ("ratio", ratio > GOAL),
            ("statements", statements > MOST_STATEMENTS),
            ("memory", growth > MOST_GROWTH),
        )
        if is_missed
    ]
    return {
        "bench": "bulk",
        "action": case.name,
        "connections": len(cast.ids),
        "floor_ms": round(min(floors) * 1000),
        "action_ms": round(min(actions) * 1000),
        "ratio": round(ratio, 2),
        "goal": GOAL,
        "statements": statements,
        "growth_mb": round(growth, 1),
        "missed": missed,
    }


def runs(cast: Cast) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "transfer", {"branch": cast.target.pk}
    yield "access", {"level": "none", "features": []}
    yield "tags", {"names": [TAG]}
    yield "team", {"roles": {str(cast.colleague.pk): "view_only"}}


def whole_run(action: str, parameters: dict[str, Any], cast: Cast) -> dict[str, Any]:
    """Dry run and commit as the worker does them, here in one transaction."""
    before = peak_mb()
    with rolled_back(cast), counted() as statements:
        run = start_run(
            Firm.objects.get(pk=BIG), by=cast.boss, action=action, parameters=parameters,
            reason=REASON, selected_ids=cast.ids,
        )  # fmt: skip
        checking = timed(lambda: list(check_clients(run.pk, cast.boss.pk, matching)))
        with because("Confirmed.", by=cast.boss):
            BulkRun.objects.filter(pk=run.pk).update(state=BulkState.RUNNING)
        writing = timed(lambda: list(write_clients(run.pk, cast.boss.pk)))
        outcomes = run.items.counts()
    return {
        "bench": "bulk",
        "run": action,
        "check_ms": round(checking * 1000),
        "commit_ms": round(writing * 1000),
        "statements": len(statements),
        "growth_mb": round(peak_mb() - before, 1),
        "outcomes": outcomes,
    }
