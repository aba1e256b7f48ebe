"""Worlds that nobody thought of: what Hypothesis draws, and the rows that are made of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from hypothesis import strategies as st

from bench.soak_cast import a_branch, a_client, a_firm, a_person, a_place, a_tie
from clients.models import Connection
from clients.roles import AccessStatus, ClientRole, ConnectionStatus
from practice import clock
from practice.models import Branch, Firm, TeamMember, User
from practice.permissions import CATALOGUE, Reach
from practice.roles import BranchRole, ParentRole

PEOPLE, BRANCHES, MOST_CLIENTS = 3, 2, 3
ON_BRANCHES = sorted(code for code, one in CATALOGUE.items() if one.reach == Reach.BRANCH)


@dataclass(frozen=True)
class Place:
    role: str
    added: frozenset[str]
    withdrawn: frozenset[str]


@dataclass(frozen=True)
class Member:
    parent_role: str
    is_active: bool
    places: tuple[Place | None, ...]  # by branch


@dataclass(frozen=True)
class Tie:
    role: str
    days_left: int | None


@dataclass(frozen=True)
class Client:
    branch: int
    status: str
    access: str
    is_restricted: bool
    ties: tuple[Tie | None, ...]  # by person


@dataclass(frozen=True)
class Practice:
    requires_second_factor: bool
    archived: tuple[bool, ...]  # by branch
    members: tuple[Member | None, ...]  # by person
    clients: tuple[Client, ...]


@dataclass(frozen=True)
class Plan:
    """`logins` are (may sign in, has a second factor), by person; the first firm is the fuller."""

    logins: tuple[tuple[bool, bool], ...]
    firms: tuple[Practice, ...]


def rarely() -> st.SearchStrategy[bool]:
    return st.sampled_from((False, False, False, True))


def each(one: st.SearchStrategy[Any], count: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(*[one] * count)


SOME = st.frozensets(st.sampled_from(ON_BRANCHES), max_size=5)
PLACES = st.builds(Place, st.sampled_from(BranchRole), SOME, SOME)
MEMBERS = st.builds(
    Member,
    parent_role=st.sampled_from(("", "", *ParentRole)),
    is_active=rarely().map(lambda is_rare: not is_rare),
    places=each(st.none() | PLACES, BRANCHES),
)
TIES = st.builds(Tie, st.sampled_from(ClientRole), st.sampled_from((None, None, 1, -1)))
CLIENTS = st.builds(
    Client,
    branch=st.integers(0, BRANCHES - 1),
    status=st.sampled_from(ConnectionStatus),
    access=st.sampled_from((AccessStatus.ACTIVE, *AccessStatus)),
    is_restricted=rarely(),
    ties=each(st.none() | TIES, PEOPLE),
)


def practices(members: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[Practice]:
    return st.builds(
        Practice,
        requires_second_factor=rarely(),
        archived=each(rarely(), BRANCHES),
        members=each(members, PEOPLE),
        clients=st.lists(CLIENTS, min_size=1, max_size=most).map(tuple),
    )


PLANS = st.builds(
    Plan,
    logins=each(st.tuples(rarely().map(lambda is_rare: not is_rare), st.booleans()), PEOPLE),
    firms=st.tuples(practices(MEMBERS, MOST_CLIENTS), practices(st.none() | MEMBERS, 1)),
)


@dataclass(frozen=True)
class World:
    """The rows of a plan. `clients` of both firms; a person may work in one, both or none."""

    people: list[User]
    firms: list[Firm]
    branches: list[Branch]
    clients: list[Connection]


def build(plan: Plan) -> World:
    """Inside the caller's transaction and `because()`."""
    people = [login(number, *facts) for number, facts in enumerate(plan.logins, start=1)]
    world = World(people, [], [], [])
    for practice in plan.firms:
        add(world, practice)
    return world


def login(number: int, is_active: bool, has_factor: bool) -> User:
    user = a_person(f"Person {number}", is_active=is_active)
    if has_factor:
        Authenticator.objects.create(user=user, type="totp", data={})
    return user


def add(world: World, practice: Practice) -> None:
    firm = a_firm(requires_second_factor=practice.requires_second_factor)
    branches = [
        a_branch(firm, f"Branch {number}", is_archived=is_archived)
        for number, is_archived in enumerate(practice.archived, start=1)
    ]
    for user, member in zip(world.people, practice.members, strict=True):
        if member:
            join(firm, branches, user, member)
    world.firms.append(firm)
    world.branches.extend(branches)
    world.clients.extend(client(branches, world.people, one) for one in practice.clients)


def join(firm: Firm, branches: list[Branch], user: User, plan: Member) -> None:
    member = TeamMember.objects.create(
        firm=firm, user=user, parent_role=plan.parent_role, is_active=plan.is_active
    )
    for branch, place in zip(branches, plan.places, strict=True):
        if place:
            added, withdrawn = sorted(place.added - place.withdrawn), sorted(place.withdrawn)
            a_place(member, branch, place.role, added=added, withdrawn=withdrawn)


def client(branches: list[Branch], people: list[User], plan: Client) -> Connection:
    row = a_client(branches[plan.branch], "Company")
    now = clock.now()
    row.status, row.is_restricted = plan.status, plan.is_restricted
    row.paused_at = row.disconnected_at = now
    row.access_disabled_at = now if plan.access == AccessStatus.DISABLED else None
    row.access_requested_at = now if plan.access == AccessStatus.REQUESTED else None
    if plan.access == AccessStatus.EXPIRED:
        row.last_accessed_at = now - timedelta(days=61)
    row.save()
    for user, tie in zip(people, plan.ties, strict=True):
        if tie:
            end(a_tie(row, user, tie.role), tie.days_left, now)
    return row


def end(tie: Any, days_left: int | None, now: datetime) -> None:
    if days_left is not None:
        tie.ends_at = now + timedelta(days=days_left)
        tie.save(update_fields=["ends_at"])
