"""A world of N clients in 200 firms, loaded by COPY and kept for the next run.

One firm has 30 % of the clients, 500 branches and 200 tags; the personas of the measurements work
there. The same N and seed give the same world, apart from dates, which count back from today.
"""

import hashlib
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from bench import bulk
from bench.bulk import Owner, line
from bench.companies import companies, monthly_figures, weighted
from clients.permissions import CROSS_BRANCH
from clients.search import search_text
from practice.roles import BranchRole, ParentRole
from practice.text import fold, sort_key

SEED = 238
FIRMS = 200
BIG, BIG_SHARE = 1, 0.3  # the id of the big firm, and its part of all clients
BRANCHES, TAGS = 500, 200  # of the big firm
CHUNK = 20_000
KEPT = {"django_migrations", "django_content_type", "auth_permission"}
FILLED = (
    "practice_user practice_firm practice_branch practice_teammember practice_branchmembership"
    " clients_tag clients_clientaccount clients_connection clients_usagesnapshot"
    " clients_teamassignment"
).split()
CODE = ("world.py", "companies.py", "bulk.py")
SHAPE = """
SELECT attrelid::regclass::text, attname, atttypid::regtype::text FROM pg_attribute
WHERE attrelid = ANY (%(tables)s::regclass[]) AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = ANY (%(tables)s::regclass[])
ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Persona:
    """Somebody at the big firm. Branches are named by their place in it, the largest first."""

    name: str
    parent_role: str = ""
    branch_role: str = ""
    places: tuple[int, ...] = ()
    added: tuple[str, ...] = ()
    ties: int = 0
    tied_in: int | None = None  # the branch of all ties; None for anywhere


PERSONAS = (
    Persona("super_admin", parent_role=ParentRole.SUPER_ADMIN),
    Persona("branch_admin", branch_role=BranchRole.ADMIN, places=(0,)),
    Persona("member_75", branch_role=BranchRole.MEMBER, places=(1,), ties=75, tied_in=1),
    Persona(
        "member_20000",
        branch_role=BranchRole.MEMBER,
        places=(2,),
        added=(CROSS_BRANCH,),
        ties=20_000,
    ),
    Persona("area_owner", branch_role=BranchRole.OWNER, places=tuple(range(3, BRANCHES, 5))[:100]),
)
COLLEAGUES = 60  # others at the big firm, who share one client in five among them


@dataclass(frozen=True)
class Branch:
    pk: int
    firm_id: int
    name: str


class World:
    """Everything that is decided before the clients are: firms, branches, tags, people."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self.chance = random.Random(seed)  # noqa: S311  # nosec B311
        self.today = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
        self.firm_weights = [BIG_SHARE, *self.small_shares()]
        self.branches = {firm: list(self.branches_of(firm)) for firm in self.firm_ids}
        self.numbers = dict.fromkeys(self.firm_ids, 1000)
        self.tags = self.tags_by_firm()
        self.moments: dict[int, str] = {}
        self.big: list[tuple[int, int]] = []  # (connection, branch) of the big firm

    @property
    def firm_ids(self) -> range:
        return range(1, FIRMS + 1)

    def small_shares(self) -> list[float]:
        raw = [self.chance.paretovariate(1.5) for _ in range(FIRMS - 1)]
        return [(1 - BIG_SHARE) * share / sum(raw) for share in raw]

    def branches_of(self, firm: int) -> Iterator[Branch]:
        first, many = (1, BRANCHES) if firm == BIG else (BRANCHES + 5 * firm, 1 + firm % 5)
        for place in range(many):
            yield Branch(first + place, firm, f"{('Branch', 'Office')[place % 2]} {place + 1:03}")

    def tags_by_firm(self) -> dict[int, list[tuple[int, str]]]:
        """(id, name); the first ones are used most."""
        return {
            firm: [(firm * 1000 + n, f"Tag {n:03}") for n in range(TAGS if firm == BIG else 12)]
            for firm in self.firm_ids
        }

    def moment(self, days: float) -> str:
        """So many days ago, on the hour."""
        hours = int(days * 24)
        known = self.moments.get(hours)
        if known is None:
            known = self.moments[hours] = (self.today - timedelta(hours=hours)).isoformat()
        return known


def persona_ids() -> dict[str, int]:
    """Users and team members of the personas have the same ids."""
    return {persona.name: pk for pk, persona in enumerate(PERSONAS, start=1)}


def ensure(count: int, *, seed: int = SEED) -> None:
    """Load the world unless exactly this one was loaded today; says what it does on stderr."""
    with connect() as owner:
        wanted = f"{count} {seed} {digest(owner)} {datetime.now(UTC):%Y-%m-%d}"
        owner.execute("CREATE TABLE IF NOT EXISTS app.bench_world (made text NOT NULL)")
        found = owner.execute(
            "SELECT made FROM app.bench_world WHERE EXISTS (SELECT FROM clients_connection)"
        )
        if found.fetchall() == [(wanted,)]:
            return
        started = time.monotonic()
        load(owner, World(count, seed))
        owner.execute("DELETE FROM app.bench_world")
        owner.execute("INSERT INTO app.bench_world VALUES (%s)", [wanted])
        owner.commit()
        settle(owner)
        say(f"{count:,} clients loaded in {time.monotonic() - started:.1f} s")


def connect() -> Owner:
    owner = settings.DATABASES.get("owner") or settings.DATABASE_OWNER  # type: ignore[misc]
    facts: dict[str, Any] = {"host": owner["HOST"], "port": owner["PORT"], "user": owner["USER"]}
    facts |= {"password": owner["PASSWORD"], "dbname": connection.settings_dict["NAME"]}
    return psycopg.connect(**{name: value for name, value in facts.items() if value})


def digest(owner: Owner) -> str:
    """Changes with the loader, and with the columns and indexes of the tables that it fills."""
    here = Path(__file__).parent
    parts = [(here / name).read_text() for name in CODE]
    parts += [str(row) for row in owner.execute(SHAPE, {"tables": list(FILLED)}).fetchall()]
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:12]


def say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def load(owner: Owner, world: World) -> None:
    owner.execute("SET LOCAL maintenance_work_mem = '512MB'")
    owner.execute("SET LOCAL max_parallel_maintenance_workers = 2")
    with bulk.bare(owner, FILLED):
        empty(owner)
        fill_practice(owner, world)
        fill_clients(owner, world)
        fill_ties(owner, world)


def empty(owner: Owner) -> None:
    """All tables but those that migrations fill."""
    found = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    emptied = sorted({name for (name,) in found.fetchall()} - KEPT)
    owner.execute(f"TRUNCATE {', '.join(emptied)} RESTART IDENTITY")


def settle(owner: Owner) -> None:
    """What autovacuum does with time: statistics, and pages known to be visible to all."""
    owner.autocommit = True
    for table in FILLED:
        owner.execute(f"VACUUM (ANALYZE) {table}")


def fill_practice(owner: Owner, world: World) -> None:
    start = world.moment(4000)
    people = [persona.name for persona in PERSONAS] + [f"colleague_{n}" for n in range(COLLEAGUES)]
    bulk.copy(
        owner,
        "practice_user",
        "id password is_superuser email email_key full_name is_active is_staff time_zone language"
        " date_joined".split(),
        (
            line(pk, "!", "f", f"{name}@bench.test", f"{name}@bench.test",
                 name.replace("_", " ").title(), "t", "f", "Europe/London", "en", start)
            for pk, name in enumerate(people, start=1)
        ),
    )  # fmt: skip
    bulk.copy(
        owner,
        "practice_firm",
        "id name slug country address phone website time_zone requires_second_factor"
        " created_at".split(),
        (
            line(
                pk, f"Firm {pk:03}", f"firm-{pk:03}", "GB", "", "", "", "Europe/London", "f", start
            )
            for pk in world.firm_ids
        ),
    )
    branches = [branch for each in world.branches.values() for branch in each]
    bulk.copy(
        owner,
        "practice_branch",
        "id firm_id name email email_key country currency is_archived created_at".split(),
        (
            line(b.pk, b.firm_id, b.name, f"b{b.pk}@bench.test", f"b{b.pk}@bench.test", "GB",
                 "GBP", "f", start)
            for b in branches
        ),
    )  # fmt: skip
    roles = [persona.parent_role for persona in PERSONAS] + [""] * COLLEAGUES
    bulk.copy(
        owner,
        "practice_teammember",
        "id firm_id user_id parent_role is_active joined_at".split(),
        (line(pk, BIG, pk, role, "t", start) for pk, role in enumerate(roles, start=1)),
    )
    bulk.copy(
        owner,
        "practice_branchmembership",
        "id firm_id member_id branch_id role added withdrawn".split(),
        memberships(world),
    )
    bulk.copy(
        owner,
        "clients_tag",
        ("id", "firm_id", "name", "name_key", "group"),
        (
            line(pk, firm, name, fold(name), "")
            for firm, tags in world.tags.items()
            for pk, name in tags
        ),
    )


def memberships(world: World) -> Iterator[str]:
    pk = 0
    for member, persona in enumerate(PERSONAS, start=1):
        for place in persona.places:
            pk += 1
            branch = world.branches[BIG][place]
            yield line(pk, BIG, member, branch.pk, persona.branch_role, list(persona.added), [])
    for n in range(COLLEAGUES):
        pk += 1
        branch = world.branches[BIG][n % BRANCHES]
        yield line(pk, BIG, len(PERSONAS) + 1 + n, branch.pk, BranchRole.MEMBER, [], [])


ACCOUNT = (
    "id name tax_id industry website phone address country plan subscription_status has_method"
    " created_at"
).split()
CONNECTION = (
    "id firm_id branch_id account_id status billing_model access_level access_features"
    " access_reason is_restricted client_number client_number_key name name_sort contact_name"
    " contact_email internal_notes tag_ids search_text plan subscription_status connected_on"
    " paused_at disconnected_at disconnect_reason last_activity_at last_accessed_at"
    " access_disabled_at access_requested_at version created_at"
).split()
SNAPSHOT = (
    "connection_id firm_id taken_at monthly transactions transactions_allowed last_login_at"
    " last_transaction_at last_job_at"
    " reports_generated features bank_accounts bank_accounts_expired"
    " payment_gateways integrations accounting_package"
).split()
STATUSES = [
    ("active", 0.9),
    ("disconnected", 0.05),
    ("paused", 0.03),
    ("pending", 0.01),
    ("reconnecting", 0.01),
]
MODELS = [("bill_us", 0.6), ("client_pays", 0.4)]
PLANS = [("Starter", 0.4), ("Standard", 0.4), ("Pro", 0.2)]
SUBSCRIPTIONS = [
    ("active", 0.8),
    ("none", 0.08),
    ("past_due", 0.05),
    ("cancelled", 0.05),
    ("trial", 0.02),
]
TAG_COUNTS = [("0", 0.35), ("1", 0.3), ("2", 0.2), ("3", 0.1), ("4", 0.05)]


def fill_clients(owner: Owner, world: World) -> None:
    """Accounts, connections and snapshots, chunk by chunk, in one pass over the made-up facts."""
    for first in range(1, world.count + 1, CHUNK):
        many = min(CHUNK, world.count + 1 - first)
        accounts, connections, snapshots = make_chunk(world, first, many)
        bulk.copy(owner, "clients_clientaccount", ACCOUNT, [accounts])
        bulk.copy(owner, "clients_connection", CONNECTION, [connections])
        bulk.copy(owner, "clients_usagesnapshot", SNAPSHOT, [snapshots])


def make_chunk(world: World, first: int, many: int) -> tuple[str, str, str]:
    chance = world.chance
    months = monthly_figures(chance, 500)
    drawn = zip(
        range(first, first + many),
        companies(chance, many),
        chance.choices(world.firm_ids, world.firm_weights, k=many),
        weighted(chance, STATUSES, many),
        weighted(chance, MODELS, many),
        weighted(chance, PLANS, many),
        weighted(chance, SUBSCRIPTIONS, many),
        weighted(chance, TAG_COUNTS, many),
        strict=True,
    )
    accounts, connections, snapshots = [], [], []
    weights = {firm: branch_weights(branches) for firm, branches in world.branches.items()}
    null, soon = r"\N", world.moment(0)
    for pk, company, firm, status, model, plan, subscription, tags in drawn:
        branch = chance.choices(world.branches[firm], cum_weights=weights[firm])[0].pk
        if firm == BIG:
            world.big.append((pk, branch))
        world.numbers[firm] = number = world.numbers[firm] + 1
        age = 3650 * chance.random()
        since = null if status == "pending" else world.moment(age)[:10]
        seen = activity(world, age)
        own = pick_tags(chance, world.tags[firm], int(tags))
        text = search_text(
            company.name, str(number), company.person, company.email, *(name for _, name in own)
        ).replace("\n", r"\n")
        ids = ",".join(str(tag) for tag in sorted(tag for tag, _ in own))
        luck = chance.random()
        left = world.moment(age * luck)
        accounts.append(f"{pk}\t{company.name}\t\t\t\t\t\tGB\t{plan}\t{subscription}\tf\t{soon}\n")
        connections.append(
            f"{pk}\t{firm}\t{branch}\t{pk}\t{status}\t{model}\tfull\t{{}}\t"
            f"\t{'t' if 0.4 < luck < 0.405 else 'f'}\t{number}\t{number}\t{company.name}"
            f"\t{sort_key(company.name)}\t{company.person}\t{company.email}\t\t{{{ids}}}\t{text}"
            f"\t{plan}\t{subscription}\t{since}\t{left if status == 'paused' else null}"
            f"\t{left if status == 'disconnected' else null}\t\t{seen}"
            f"\t{world.moment(90 * luck) if luck < 0.7 else null}"
            f"\t{left if luck > 0.99 else null}\t{left if 0.98 < luck < 0.99 else null}\t1"
            f"\t{world.moment(age)}\n"
        )  # fmt: skip
        if luck < 0.9:
            figures = months[int(luck * 500)]
            job = world.moment(60 * luck * luck) if seen != null else null
            snapshots.append(
                f"{pk}\t{firm}\t{soon}\t{figures}\t40\t100\t{seen}\t{job}\t{job}\t2\t{{}}\t1\t0\t{{}}\t{{}}\t\n"
            )
    return "".join(accounts), "".join(connections), "".join(snapshots)


def branch_weights(branches: Sequence[Branch]) -> list[float]:
    """Cumulative; the first branch of 500 has 2.5 % of the firm's clients, the last 0.05 %."""
    return list(accumulate(1 / (place + 10) for place in range(len(branches))))


def activity(world: World, age: float) -> str:
    """One in ten never; most within a month; never before the relationship began."""
    luck = world.chance.random()
    if luck < 0.1:
        return r"\N"
    days = 30 * luck if luck < 0.7 else 30 + 1000 * (luck - 0.7) ** 2 / 0.09
    return world.moment(min(days, age))


def pick_tags(
    chance: random.Random, tags: Sequence[tuple[int, str]], many: int
) -> list[tuple[int, str]]:
    """The first tags of a firm are the popular ones."""
    places = {int(len(tags) * chance.random() ** 3) for _ in range(many)}
    return [tags[place] for place in sorted(places)]


TIE = "id firm_id user_id content_object_id permission_id role granted_at reason is_primary".split()
ROLES = [("full", 0.6), ("limited", 0.25), ("view_only", 0.15)]


def fill_ties(owner: Owner, world: World) -> None:
    found: Any = owner.execute(
        "SELECT p.id FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id"
        " WHERE t.app_label = 'clients' AND p.codename = 'view_connection'"
    )
    permission = found.fetchone()[0]
    pairs = list(ties(world))
    roles = weighted(world.chance, ROLES, len(pairs))
    at = world.moment(100)
    bulk.copy(
        owner,
        "clients_teamassignment",
        TIE,
        (
            line(pk, BIG, user, client, permission, role, at, "", "f")
            for pk, ((user, client), role) in enumerate(zip(pairs, roles, strict=True), start=1)
        ),
    )


def ties(world: World) -> Iterator[tuple[int, int]]:
    """(user, connection): the personas' own, then one client in five for some colleague."""
    for user, persona in enumerate(PERSONAS, start=1):
        place = persona.tied_in
        branch = None if place is None else world.branches[BIG][place].pk
        rows = [client for client, where in world.big if branch in (None, where)]
        for client in world.chance.sample(rows, min(persona.ties, len(rows))):
            yield user, client
    for client, _ in world.big:
        if client % 5 == 0:
            yield len(PERSONAS) + 1 + world.chance.randrange(COLLEAGUES), client
