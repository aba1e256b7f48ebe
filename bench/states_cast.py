"""The little cast of the state machine: the same people and clients as rows, and on paper."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from bench import states_model as m
from bench.soak_cast import a_branch, a_client, a_firm, a_member, a_person, a_place, arranging
from bench.states_model import Account, Client, Person
from bench.states_returns import Life
from clients.actions.opening import NewClient, open_connections
from clients.models import ClientAccount, Connection
from clients.permissions import CROSS_BRANCH
from practice import auth, clock
from practice.models import Branch, Firm, User

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CROSSING = sorted([CROSS_BRANCH])
PEOPLE = [
    Person("sana", m.SUPER_ADMIN),
    Person("bill", m.BILLING_ADMIN),
    Person("vera", m.VIEWER),
    Person("olga", places={"London": m.OWNER}),
    Person("adam", places={"London": m.ADMIN, "Dublin": m.OWNER}),
    Person("mia", places={"London": m.MEMBER}),
    Person("nia", places={"Dublin": m.MEMBER}),
    Person("xavi", places={"London": m.MEMBER}, crosses=True),
    Person("dina"),  # owns two of the accounts, and works for nobody
]
BRANCHES = ("London", "Dublin", "Cork")  # Cork is archived
# name, billing model, owner, contact's address, whether another firm is connected to the account
CLIENTS = (
    ("Acme", m.BILL_US, "", "rita@acme.test", False),
    ("Delta", m.CLIENT_PAYS, "dina", "", False),
    ("Echo", m.BILL_US, "dina", "", False),
    ("Fern", m.BILL_US, "dina", "", True),
    ("Gill", m.BILL_US, "", "", False),
)


@dataclass(frozen=True)
class Stage:
    """Their rows as every run finds them."""

    firm: Firm
    users: dict[str, User]
    branches: dict[str, Branch]
    clients: Sequence[Connection]


class Clock:
    """Stands still until it is told otherwise."""

    def __init__(self) -> None:
        self.now = NOON


@contextmanager
def still_clock() -> Iterator[Clock]:
    """The application's one clock in the hands of the run, for this process alone."""
    hand, usual = Clock(), vars(clock)["timezone"]
    now, localdate = lambda: hand.now - clock.offset(), usual.localdate
    vars(clock)["timezone"] = SimpleNamespace(now=now, localdate=localdate)
    try:
        yield hand
    finally:
        vars(clock)["timezone"] = usual


def build() -> Stage:
    """Committed unless the caller is inside a transaction."""
    with arranging():
        firm = a_firm()
        branches = {name: a_branch(firm, name, is_archived=name == "Cork") for name in BRANCHES}
        users = {person.name: join(firm, branches, person) for person in PEOPLE}
        news = [
            NewClient(name, model, contact_email=address, tags=("VIP",), internal_notes="Kept")
            for name, model, _, address, _ in CLIENTS
        ]
        facts: dict[str, Any] = {"by": users["sana"], "reason": "Opened for a soak run."}
        clients = open_connections(firm, branches["London"], news, **facts)
        hand_out(clients, users)
        for user in users.values():
            user.known_standings = {firm.pk: auth.find_standing(user, firm.pk)}
    return Stage(firm, users, branches, clients)


def join(firm: Firm, branches: dict[str, Branch], person: Person) -> User:
    if not person.works_here:
        return a_person(person.name)
    member = a_member(firm, person.name, parent_role=person.parent_role)
    added = CROSSING if person.crosses else []
    for name, role in person.places.items():
        a_place(member, branches[name], role, added=added)
    return member.user


def hand_out(clients: Sequence[Connection], users: dict[str, User]) -> None:
    """Accounts to their owners, and to another firm."""
    for row, (_, _, owner, _, is_held) in zip(clients, CLIENTS, strict=True):
        if owner:
            ClientAccount.objects.filter(pk=row.account_id).update(owner=users[owner])
        if is_held:
            other = a_client(a_branch(a_firm(), "Elsewhere"), row.name)
            Connection.objects.filter(pk=other.pk).update(account_id=row.account_id)


def on_paper() -> Life:
    """What `build` built."""
    clients = []
    for number, (name, model, owner, address, is_held) in enumerate(CLIENTS):
        account = Account(name, owner, is_held)
        has_address = bool(address)
        clients.append(Client(number, "London", model, account, NOON, has_address))
    return Life(PEOPLE, clients, NOON)
