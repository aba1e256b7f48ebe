"""Worlds that nobody thought of: what Hypothesis draws, and the rows that are made of it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from allauth.mfa.models import Authenticator
from hypothesis import strategies as st

from clients.actions.assignments import tie_permission
from clients.models import ClientAccount, Connection, TeamAssignment
from clients.roles import AccessStatus, BillingModel, ClientRole, ConnectionStatus
from practice import clock
from practice.models import Branch, BranchMembership, Firm, TeamMember, User
from practice.permissions import CATALOGUE, Reach
from practice.roles import BranchRole, ParentRole
from practice.text import sort_key

PEOPLE, BRANCHES, MOST_CLIENTS = 2, 2, 5
A_WHILE = timedelta(days=61)  # without a visit
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


def mostly() -> st.SearchStrategy[bool]:
    """Who may not enter at all is told so before any rule is asked: a few of them are enough."""
    return st.integers(0, 9).map(lambda number: number < 9)


def each(one: st.SearchStrategy[Any], count: int) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(*[one] * count)


SOME = st.frozensets(st.sampled_from(ON_BRANCHES), max_size=5)
PLACES = st.builds(Place, st.sampled_from(BranchRole), SOME, SOME)
MEMBERS = st.builds(
    Member,
    parent_role=st.sampled_from(("", "", *ParentRole)),
    is_active=mostly(),
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
    logins=each(st.tuples(mostly(), st.booleans()), PEOPLE),
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
    """Inside the caller's transaction and `because()`: one statement per table."""
    people = some_people(plan.logins)
    firms = bulk(Firm, [a_firm_of(practice) for practice in plan.firms])
    branches = bulk(Branch, branches_of(plan, firms))
    join(plan, people, firms, branches)
    clients = some_clients(plan, branches)
    tie(plan, people, clients)
    return World(people, firms, branches, clients)


def bulk(model: Any, rows: Iterable[Any]) -> list[Any]:
    made: list[Any] = model.objects.bulk_create(rows)
    return made


def some_people(logins: Sequence[tuple[bool, bool]]) -> list[User]:
    people = bulk(
        User,
        [
            User(full_name=f"Person {number}", email=email, email_key=email, is_active=is_active)
            for number, (is_active, _) in enumerate(logins, start=1)
            for email in [an_email()]
        ],
    )
    bulk(
        Authenticator,
        [
            Authenticator(user=user, type="totp", data={})
            for user, (_, has_factor) in zip(people, logins, strict=True)
            if has_factor
        ],
    )
    return people


def a_firm_of(practice: Practice) -> Firm:
    name = f"soak-{uuid4().hex}"
    return Firm(name=name, slug=name, requires_second_factor=practice.requires_second_factor)


def branches_of(plan: Plan, firms: list[Firm]) -> Iterator[Branch]:
    """Firm by firm; so many of each that a number finds them again."""
    for firm, practice in zip(firms, plan.firms, strict=True):
        for number, is_archived in enumerate(practice.archived, start=1):
            name, email = f"Branch {number}", an_email()
            yield Branch(
                firm=firm, name=name, email=email, email_key=email, is_archived=is_archived
            )


def an_email() -> str:
    return f"{uuid4().hex}@soak.test"


def join(plan: Plan, people: list[User], firms: list[Firm], branches: list[Branch]) -> None:
    plans = [
        (firm, branches[number * BRANCHES :], user, member)
        for number, (firm, practice) in enumerate(zip(firms, plan.firms, strict=True))
        for user, member in zip(people, practice.members, strict=True)
        if member
    ]
    members = bulk(
        TeamMember,
        [
            TeamMember(firm=firm, user=user, parent_role=one.parent_role, is_active=one.is_active)
            for firm, _, user, one in plans
        ],
    )
    bulk(
        BranchMembership,
        [
            a_place_of(member, branch, place)
            for member, (_, here, _, one) in zip(members, plans, strict=True)
            for branch, place in zip(here, one.places, strict=False)
            if place
        ],
    )


def a_place_of(member: TeamMember, branch: Branch, place: Place) -> BranchMembership:
    return BranchMembership(
        firm_id=branch.firm_id,
        member=member,
        branch=branch,
        role=place.role,
        added=sorted(place.added - place.withdrawn),
        withdrawn=sorted(place.withdrawn),
    )


def clients_in(plan: Plan) -> list[tuple[int, Client]]:
    """(number of the firm, client)."""
    return [(number, one) for number, firm in enumerate(plan.firms) for one in firm.clients]


def some_clients(plan: Plan, branches: list[Branch]) -> list[Connection]:
    plans = clients_in(plan)
    accounts = bulk(ClientAccount, [ClientAccount(name="Company") for _ in plans])
    return bulk(
        Connection,
        [
            a_client_of(branches[number * BRANCHES + one.branch], account, one)
            for account, (number, one) in zip(accounts, plans, strict=True)
        ],
    )


def a_client_of(branch: Branch, account: ClientAccount, plan: Client) -> Connection:
    now = clock.now()
    return Connection(
        firm_id=branch.firm_id,
        branch=branch,
        account=account,
        name=account.name,
        name_sort=sort_key(account.name),
        billing_model=BillingModel.BILL_US,
        status=plan.status,
        is_restricted=plan.is_restricted,
        paused_at=now,
        disconnected_at=now,
        access_disabled_at=now if plan.access == AccessStatus.DISABLED else None,
        access_requested_at=now if plan.access == AccessStatus.REQUESTED else None,
        last_accessed_at=now - A_WHILE if plan.access == AccessStatus.EXPIRED else None,
    )


def tie(plan: Plan, people: list[User], clients: list[Connection]) -> None:
    permission = tie_permission()
    bulk(
        TeamAssignment,
        [
            TeamAssignment(
                firm_id=row.firm_id,
                content_object=row,
                user=user,
                role=one.role,
                permission=permission,
                ends_at=end_after(one.days_left),
            )
            for row, (_, client) in zip(clients, clients_in(plan), strict=True)
            for user, one in zip(people, client.ties, strict=True)
            if one
        ],
    )


def end_after(days: int | None) -> datetime | None:
    return None if days is None else clock.now() + timedelta(days=days)
