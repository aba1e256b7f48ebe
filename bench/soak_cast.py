"""Committed rows for soak runs: a firm with two branches, people and clients, by plain names."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from clients.actions.assignments import tie_permission
from clients.models import ClientAccount, Connection, TeamAssignment
from clients.roles import BillingModel, ClientRole
from practice import tenancy
from practice.history import because
from practice.models import Branch, BranchMembership, Firm, TeamMember, User
from practice.text import sort_key


@contextmanager
def arranging() -> Iterator[None]:
    """The system realm and a cause. Commits at its end unless it runs inside another block."""
    with tenancy.as_system(), because("Arranged for a soak run"):
        yield


def a_firm(**facts: Any) -> Firm:
    name = f"soak-{uuid4().hex}"
    return Firm.objects.create(name=name, slug=name, **facts)


def a_branch(firm: Firm, name: str, **facts: Any) -> Branch:
    email = f"{uuid4().hex}@soak.test"
    return Branch.objects.create(firm=firm, name=name, email=email, email_key=email, **facts)


def a_person(name: str, **facts: Any) -> User:
    email = f"{uuid4().hex}@soak.test"
    return User.objects.create(full_name=name, email=email, email_key=email, **facts)


def a_member(firm: Firm, name: str, **facts: Any) -> TeamMember:
    return TeamMember.objects.create(firm=firm, user=a_person(name), **facts)


def a_place(member: TeamMember, branch: Branch, role: str, **facts: Any) -> BranchMembership:
    return BranchMembership.objects.create(
        firm_id=branch.firm_id, member=member, branch=branch, role=role, **facts
    )


def clients_of(branch: Branch, names: list[str]) -> list[Connection]:
    accounts = ClientAccount.objects.bulk_create(ClientAccount(name=name) for name in names)
    return Connection.objects.bulk_create(
        Connection(
            firm_id=branch.firm_id,
            branch=branch,
            account=account,
            name=account.name,
            name_sort=sort_key(account.name),
            billing_model=BillingModel.BILL_US,
        )
        for account in accounts
    )


def a_client(branch: Branch, name: str) -> Connection:
    return clients_of(branch, [name])[0]


def a_tie(connection: Connection, user: User, role: str = ClientRole.FULL) -> TeamAssignment:
    tie: TeamAssignment = TeamAssignment.objects.create(
        firm_id=connection.firm_id,
        content_object=connection,
        user=user,
        role=role,
        permission=tie_permission(),
    )
    return tie
