"""`manage.py bench access_matrix`: the access matrix as a file and as a page, against its floors.

A world of its own: one firm with so many staff and clients in some branches. The file is compared
with one bare COPY of the same join, the page with the same rows by prepared statements in plain
psycopg, both as the application's role under the same policies.
"""

import json
import statistics
import time
import tracemalloc
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from random import Random
from typing import Any

import psycopg

from bench import bulk, world
from bench.bulk import Owner, line
from bench.client_list import application
from bench.floors import CONTEXT
from bench.memory import most_resident
from bench.pages import Visitor, prepare
from clients.models import Connection
from clients.models.matrix import Matrix
from practice.roles import BranchRole, ParentRole

FIRM = 1
PATH = "/firm-001/reports/access/"
CSV_GOAL, PAGE_GOAL = 3.0, 6.0
MOST_GROWTH = 16 * 1024 * 1024  # bytes that Python holds while the file runs; resident, 4 ×
JUDGED_FROM = 100_000  # squares; with fewer the times are told, not judged
RUNS = 15
SEED = 241
TIES_EACH = 60
ROLES = ("full", "limited", "view_only")


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--staff", type=int, default=1000, help="people (1,000)")
    parser.add_argument("--clients", type=int, default=10_000, help="clients (10,000)")
    parser.add_argument("--branches", type=int, default=20, help="branches (20)")
    parser.add_argument("--runs", type=int, default=RUNS, help=f"requests per case ({RUNS})")


def run(chosen: Mapping[str, Any]) -> int:
    """Print one line for the file and one for the page; 1 when one of them misses its goal."""
    size = Size(chosen["staff"], chosen["clients"], chosen["branches"])
    load(size)
    prepare()
    lines = [csv_line(size), page_line(size, chosen["runs"])]
    for told in lines:
        print(json.dumps({"bench": "access_matrix", **size.told, **told}), flush=True)
    return 1 if any(told.get("missed") for told in lines) else 0


@dataclass(frozen=True)
class Size:
    staff: int
    clients: int
    branches: int

    @property
    def told(self) -> dict[str, int]:
        return {"staff": self.staff, "clients": self.clients, "branches": self.branches}

    @property
    def is_judged(self) -> bool:
        return self.staff * self.clients >= JUDGED_FROM


# The world: every hundredth person a parent role, every tenth of the rest an Owner or Admin


def load(size: Size) -> None:
    started = time.monotonic()
    with world.connect() as owner:
        with bulk.bare(owner, world.FILLED):
            world.empty(owner)
            fill(owner, size)
        owner.execute("CREATE TABLE IF NOT EXISTS app.bench_world (made text NOT NULL)")
        owner.execute("DELETE FROM app.bench_world")  # another world's bench loads its own again
        owner.commit()
        world.settle(owner)
    world.say(f"{size.staff:,} × {size.clients:,} loaded in {time.monotonic() - started:.1f} s")


def fill(owner: Owner, size: Size) -> None:
    chance = Random(SEED)  # noqa: S311  # nosec B311
    found: Any = owner.execute(
        "SELECT p.id FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id"
        " WHERE t.app_label = 'clients' AND p.codename = 'view_connection'"
    )
    permission: int = found.fetchone()[0]
    at = "2025-01-01T09:00:00+00:00"
    bulk.copy(
        owner,
        "practice_user",
        "id password is_superuser email email_key full_name is_active is_staff time_zone language"
        " date_joined".split(),
        (
            line(pk, "!", "f", f"p{pk}@bench.test", f"p{pk}@bench.test", f"Person {pk:05}", "t",
                 "f", "Europe/London", "en", at)
            for pk in range(1, size.staff + 1)
        ),
    )  # fmt: skip
    bulk.copy(
        owner,
        "practice_firm",
        "id name slug country address phone website time_zone requires_second_factor"
        " created_at".split(),
        [line(FIRM, "Firm 001", "firm-001", "GB", "", "", "", "Europe/London", "f", at)],
    )
    bulk.copy(
        owner,
        "practice_branch",
        "id firm_id name email email_key country currency is_archived created_at".split(),
        (
            line(pk, FIRM, f"Branch {pk:03}", f"b{pk}@bench.test", f"b{pk}@bench.test", "GB",
                 "GBP", "f", at)
            for pk in range(1, size.branches + 1)
        ),
    )  # fmt: skip
    bulk.copy(
        owner,
        "practice_teammember",
        "id firm_id user_id parent_role is_active joined_at".split(),
        (line(pk, FIRM, pk, parent_role(pk), "t", at) for pk in range(1, size.staff + 1)),
    )
    bulk.copy(
        owner,
        "practice_branchmembership",
        "id firm_id member_id branch_id role added withdrawn".split(),
        (
            line(pk, FIRM, pk, branch_of(pk, size), branch_role(pk), [], [])
            for pk in range(1, size.staff + 1)
            if not parent_role(pk)
        ),
    )
    bulk.copy(
        owner,
        "clients_clientaccount",
        "id name tax_id industry website phone address country plan subscription_status"
        " has_method created_at".split(),
        (
            line(pk, f"Client {pk:06}", "", "", "", "", "", "GB", "", "none", "f", at)
            for pk in range(1, size.clients + 1)
        ),
    )
    bulk.copy(
        owner,
        "clients_connection",
        "id firm_id branch_id account_id status billing_model access_level access_features"
        " access_reason is_restricted client_number client_number_key name name_sort contact_name"
        " contact_email internal_notes tag_ids search_text plan subscription_status"
        " disconnected_at disconnect_reason version created_at".split(),
        clients(size, at),
    )
    bulk.copy(owner, "clients_teamassignment", world.TIE, ties(permission, size, chance, at))


def parent_role(pk: int) -> str:
    """The first is a Super Admin, then one in a hundred has one of the three."""
    chosen = (ParentRole.SUPER_ADMIN, ParentRole.VIEWER, ParentRole.BILLING_ADMIN)
    return str(chosen[pk // 100 % 3]) if pk % 100 == 1 else ""


def branch_role(pk: int) -> str:
    role = {2: BranchRole.OWNER, 3: BranchRole.ADMIN}.get(pk % 20, BranchRole.MEMBER)
    return str(role)


def branch_of(pk: int, size: Size) -> int:
    return pk % size.branches + 1


def clients(size: Size, at: str) -> Iterator[str]:
    for pk in range(1, size.clients + 1):
        closed = pk % 25 == 0
        name, number = f"Client {pk:06}", str(1000 + pk)
        yield line(
            pk, FIRM, branch_of(pk, size), pk, "disconnected" if closed else "active", "bill_us",
            "full", [], "", "t" if pk % 100 == 7 else "f", number, number, name, name.lower(), "",
            "", "", [], f"{name.lower()} {number}", "", "none", at if closed else None,
            "Client request" if closed else "", 1, at,
        )  # fmt: skip


def ties(permission: int, size: Size, chance: Random, at: str) -> Iterator[str]:
    pk = 0
    for person in range(1, size.staff + 1):
        here = range(branch_of(person, size) - 1 or size.branches, size.clients + 1, size.branches)
        if parent_role(person) or not here:
            continue
        for client in chance.sample(here, min(TIES_EACH, len(here))):
            pk += 1
            yield line(pk, FIRM, person, client, permission, ROLES[pk % 3], at, "", "f")


# The file


def csv_line(size: Size) -> dict[str, Any]:
    """The whole download, through every middleware, beside one COPY of the same join."""
    visitor = Visitor(1)
    text = floor_statement(size)
    floors, whole = [], []
    resting = most_resident()
    with closing(psycopg.connect(**application())) as plain:
        for _ in range(3):
            seconds, expected = copied(plain, text)
            floors.append(seconds)
            whole.append(downloaded(visitor))
    resident, growth = most_resident() - resting, python_growth(visitor)
    seconds, floor = min(took for took, *_ in whole), min(floors)
    rows, size_in_bytes = whole[0][1:]
    ratio = seconds / floor
    missed = [*(["ratio"] if size.is_judged and ratio > CSV_GOAL else [])]
    missed += ["rows"] if rows != expected else []
    missed += ["memory"] if max(growth, resident // 4) > MOST_GROWTH else []
    return {
        "case": "csv",
        "rows": rows,
        "bytes": size_in_bytes,
        "seconds": round(seconds, 3),
        "floor_seconds": round(floor, 3),
        "ratio": round(ratio, 2),
        "goal": CSV_GOAL,
        "rss_growth_kb": resident // 1024,
        "python_peak_kb": growth // 1024,
        "memory_goal_kb": MOST_GROWTH // 1024,
        **({"missed": missed} if missed else {}),
    }


def floor_statement(size: Size) -> str:
    """The same join with names, in the same order, and nothing beside it."""
    everybody = range(1, size.staff + 1)
    matrix = Matrix(FIRM, everybody, Connection.objects.filter(firm_id=FIRM))
    return matrix.statement(
        "SELECT u.full_name, u.email, c.name, c.client_number, b.name, a.way, a.role,"
        " t.granted_at, t.ends_at FROM access a"
        " JOIN practice_teammember m ON m.id = a.member_id JOIN practice_user u ON u.id = m.user_id"
        " JOIN asked_clients c ON c.id = a.connection_id"
        " JOIN practice_branch b ON b.id = c.branch_id"
        " LEFT JOIN clients_teamassignment t ON t.id = a.tie"
        " ORDER BY u.full_name, m.id, c.name_sort, c.id"
    )


def copied(plain: "psycopg.Connection[Any]", text: str) -> tuple[float, int]:
    """Seconds from BEGIN to COMMIT, and how many rows came."""
    started, rows = time.perf_counter(), 0
    with plain.transaction(), plain.cursor() as cursor:
        cursor.execute(CONTEXT, [str(FIRM), "1"])
        with cursor.copy(f"COPY ({text}) TO STDOUT (FORMAT csv)") as copy:
            for _ in copy:
                rows += 1
    return time.perf_counter() - started, rows


def downloaded(visitor: Visitor) -> tuple[float, int, int]:
    """Seconds, rows and bytes of the export; no more of it is kept than one piece."""
    started, rows, size = time.perf_counter(), -1, 0
    begin: Any = lambda *_: None  # noqa: E731
    answer: Any = visitor.application(visitor.environ(f"{PATH}export/", ""), begin)
    for chunk in answer:
        rows += chunk.count(b"\n")
        size += len(chunk)
    answer.close()
    return time.perf_counter() - started, rows, size


def python_growth(visitor: Visitor) -> int:
    """The most that the export held at once, in bytes; slow, so never while it is timed."""
    tracemalloc.start()
    downloaded(visitor)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


# The page


CLIENT_PAGE = """
SELECT c.id, c.branch_id, c.name, c.client_number, c.name_sort, c.status, c.is_restricted, b.name,
  (SELECT count(*) FROM (SELECT FROM clients_connection WHERE firm_id = %(firm)s LIMIT 1001) n)
FROM clients_connection c JOIN practice_branch b ON b.id = c.branch_id
WHERE c.firm_id = %(firm)s ORDER BY c.name_sort, c.id LIMIT 51
"""
STAFF_PAGE = """
SELECT m.id, u.full_name, count(*) OVER () FROM practice_teammember m
JOIN practice_user u ON u.id = m.user_id
WHERE m.firm_id = %(firm)s AND m.is_active AND u.is_active ORDER BY u.full_name, m.id LIMIT 20
"""


def page_line(size: Size, runs: int) -> dict[str, Any]:
    """Page and floor in turn, so that they share the machine's mood."""
    visitor = Visitor(1)
    first = visitor.get(PATH, "")
    queries = len(visitor.queries(PATH, ""))
    with closing(psycopg.connect(**application())) as plain:
        pages, floors, squares = [], [], 0
        for _ in range(max(1, runs)):
            pages.append(visitor.get(PATH, "").ms)
            took, squares = floor_page(plain)
            floors.append(took)
    page, floor = statistics.median(pages), statistics.median(floors)
    ratio = page / floor
    missed = [] if first.status == 200 else [f"answered {first.status}"]
    missed += ["ratio"] if size.is_judged and ratio > PAGE_GOAL else []
    missed += ["squares"] if first.body.count(b"<td data-label") != squares else []
    return {
        "case": "page",
        "squares": squares,
        "floor_ms": round(floor, 2),
        "page_ms": round(page, 2),
        "ratio": round(ratio, 2),
        "goal": PAGE_GOAL,
        "queries": queries,
        "html_bytes": len(first.body),
        **({"missed": missed} if missed else {}),
    }


def floor_page(plain: "psycopg.Connection[Any]") -> tuple[float, int]:
    """Clients, people and squares: three prepared statements in one transaction."""
    started = time.perf_counter()
    with plain.transaction(), plain.cursor(binary=True) as cursor:
        cursor.execute(CONTEXT, [str(FIRM), "1"], prepare=True)
        rows = cursor.execute(CLIENT_PAGE, {"firm": FIRM}, prepare=True).fetchall()[:50]
        people = cursor.execute(STAFF_PAGE, {"firm": FIRM}, prepare=True).fetchall()
        clients = Connection.objects.filter(firm_id=FIRM, pk__in=[row[0] for row in rows])
        statement = squares_statement([person[0] for person in people], clients)
        found = cursor.execute(statement, prepare=True).fetchall()
    return (time.perf_counter() - started) * 1000, len(found)


KNOWN: dict[tuple[int, ...], str] = {}


def squares_statement(people: list[int], clients: Any) -> str:
    """Written once, as somebody would by hand."""
    key = tuple(people)
    if key not in KNOWN:
        columns = "member_id, connection_id, way, role, tie_role"
        KNOWN[key] = Matrix(FIRM, people, clients).statement(f"SELECT {columns} FROM access")
    return KNOWN[key]
