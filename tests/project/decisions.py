"""The 2,200 decisions: reading the reviewed table, asking the product, comparing.

Each answer is one of the table's words. `yes`: it was shown, or done and found in the database;
`no`: told that it is not allowed; `gone`: as if the client did not exist.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from clients.models import AccessVisit, Connection, TeamAssignment
from clients.roles import AccessLevel, BillingModel, ClientRole, ConnectionStatus
from practice.models import Branch, Firm, TeamMember, User

TABLE = Path(__file__).parent / "decisions.csv"
PERSONAS = (
    "super_admin",
    "billing_admin",
    "viewer",
    "branch_owner",
    "branch_admin",
    "full",
    "limited",
    "view_only",
    "unassigned",
    "outsider",
)
YES, NO, GONE = "yes", "no", "gone"
STATUSES = {200: YES, 302: YES, 403: NO, 404: GONE}
ADDRESS = "new@acme.test"


@dataclass(frozen=True)
class Line:
    """One action in one state under one billing model, and the word for each persona."""

    action: str
    permission: str
    method: str
    address: str
    state: ConnectionStatus
    billing_model: BillingModel
    wanted: dict[str, str]


def lines() -> list[Line]:
    with TABLE.open(newline="") as file:
        return [line(row) for row in csv.DictReader(file)]


def line(row: dict[str, str]) -> Line:
    return Line(
        action=row["action"],
        permission=row["permission"],
        method=row["method"],
        address=row["address"],
        state=ConnectionStatus(row["state"]),
        billing_model=BillingModel(row["billing_model"]),
        wanted={persona: row[persona] for persona in PERSONAS},
    )


@dataclass(frozen=True)
class World:
    """`assigned` works for every client with View Only, `free` for none; `target` is to move to."""

    firm: Firm
    target: Branch
    people: dict[str, User]
    browsers: dict[str, Client]
    clients: dict[tuple[str, str], Connection]
    assigned: TeamMember
    free: TeamMember


@dataclass(frozen=True)
class Case:
    """One cell of the table."""

    world: World
    line: Line
    persona: str

    @property
    def user(self) -> User:
        return self.world.people[self.persona]

    @property
    def connection(self) -> Connection:
        return self.world.clients[self.line.state, self.line.billing_model]

    @property
    def now(self) -> Connection:
        return Connection.objects.get(pk=self.connection.pk)

    def role_of(self, user: User) -> str | None:
        ties = TeamAssignment.objects.filter(content_object=self.connection, user=user)
        role: str | None = ties.values_list("role", flat=True).first()
        return role

    @property
    def url(self) -> str:
        kwargs: dict[str, Any] = {"firm_slug": self.world.firm.slug}
        if self.line.address not in OF_FIRM:
            kwargs["connection_id"] = self.connection.pk
        if self.line.address in OF_PERSON:
            kwargs["member_id"] = self.world.assigned.pk
        return reverse(self.line.address, kwargs=kwargs)


OF_FIRM = {"clients:client-list", "clients:client-export", "clients:why"}
OF_PERSON = {
    "clients:client-team-member",
    "clients:client-team-remove",
    "clients:client-team-primary",
}


# What is sent with each action; a GET sends it in the address.


def in_this_state(case: Case) -> dict[str, Any]:
    """The list and its file leave the disconnected out unless they are asked for (F-037)."""
    is_open = case.line.state != ConnectionStatus.DISCONNECTED
    return {} if is_open else {"status": case.line.state}


def oneself(case: Case) -> dict[str, Any]:
    return {"person": case.user.team_members.get().pk, "client": case.connection.pk}


def edited(case: Case) -> dict[str, Any]:
    version = case.connection.version
    return {"contact_name": "Cara", "contact_email": ADDRESS, "version": version}


def added(case: Case) -> dict[str, Any]:
    pk = case.world.free.pk
    return {"person": pk, f"role-{pk}": ClientRole.VIEW_ONLY}


SENT: dict[str, Callable[[Case], dict[str, Any]]] = {
    "See it in the list": in_this_state,
    "Export includes it": in_this_state,
    "Why can't they see it?": oneself,
    "Edit Client": edited,
    "Edit Contact Email": edited,
    "Transfer Client": lambda case: {"branch": case.world.target.pk},
    "Set the client access level": lambda case: {"level": AccessLevel.VIEW_ONLY},
    "Lift the restriction": lambda case: {"is_restricted": "no", "reason": "Asked for"},
    "Add Team Member": added,
    "Change the assignment": lambda case: {"role": ClientRole.LIMITED},
}


# What is found afterwards where a yes was meant.


def is_listed(case: Case, body: str) -> bool:
    return f'href="{case.connection.pk}/' in body


def has_visited(case: Case, body: str) -> bool:
    return AccessVisit.objects.filter(connection=case.connection, user=case.user).exists()


def is_primary(case: Case, body: str) -> bool:
    ties = TeamAssignment.objects.filter(content_object=case.connection, is_primary=True)
    return ties.filter(user=case.world.assigned.user).exists()


FOUND: dict[str, Callable[[Case, str], bool]] = {
    "See it in the list": is_listed,
    "Export includes it": lambda case, body: case.connection.name in body,
    "Access": has_visited,
    "Set Up Access": lambda case, body: case.role_of(case.user) is not None,
    "Edit Client": lambda case, body: case.now.contact_name == "Cara",
    "Edit Contact Email": lambda case, body: case.now.contact_email == ADDRESS,
    "Transfer Client": lambda case, body: case.now.branch_id == case.world.target.pk,
    "Set the client access level": lambda case, body: case.now.access_level == "view_only",
    "Add Team Member": lambda case, body: case.role_of(case.world.free.user) == "view_only",
    "Change the assignment": lambda case, body: (
        case.role_of(case.world.assigned.user) == ClientRole.LIMITED
    ),
    "Remove": lambda case, body: case.role_of(case.world.assigned.user) is None,
    "Set the primary accountant": is_primary,
}
ABSENT = {"See it in the list": GONE}  # a page with other clients; elsewhere that is a no


def ask(case: Case) -> str:
    """The product's word over HTTP; nothing that the request wrote remains."""
    browser = case.world.browsers[case.persona]
    sent = SENT.get(case.line.action, lambda _: {})(case)
    method = browser.get if case.line.method == "GET" else browser.post
    with transaction.atomic():
        answer = read(case, method(case.url, sent))
        transaction.set_rollback(True)
    return answer


def read(case: Case, response: Any) -> str:
    word = STATUSES.get(response.status_code, str(response.status_code))
    found = FOUND.get(case.line.action)
    if word == YES and found and not found(case, body_of(response)):
        return ABSENT.get(case.line.action, NO)
    return word


def body_of(response: HttpResponse) -> str:
    parts: Any = response if not response.streaming else response.streaming_content  # type: ignore[attr-defined]
    return b"".join(parts).decode()


def deviations(case: Case) -> Iterator[str]:
    """Of one cell: over HTTP, then of the rules themselves."""
    line, wanted = case.line, case.line.wanted[case.persona]
    where = f"{line.action} · {line.state} · {line.billing_model} · {case.persona}"
    answer = ask(case)
    if answer != wanted:
        yield f"{where}: {line.method} says {answer} instead of {wanted}"
    if line.permission != "-":
        allowed = case.user.has_perm(line.permission, case.connection)
        if allowed != (wanted == YES):
            yield f"{where}: explain says {'yes' if allowed else 'no'} instead of {wanted}"
