"""The database, the cast and the browser of every test.

The cast works at `firm` and its one `branch`: everybody's right to Acme, `connection`, differs.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from django.core.cache import cache
from django.test import Client

from clients.models import Connection
from clients.roles import ClientRole
from practice import tenancy
from practice.models import Branch, Firm, User
from tests import databases, factories

pytest_plugins = ["tests.browsers"]


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_blocker) -> Iterator[None]:
    worker = getattr(request.config, "workerinput", {}).get("workerid", "")
    databases.let_owner_clear()
    with django_db_blocker.unblock(), databases.fresh_database(worker):
        django_db_blocker.block()
        yield
        django_db_blocker.unblock()


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def _system_realm(request) -> Iterator[None]:
    """Tests arrange and look in the system realm; a request in between has a context of its own.

    A test that commits has no transaction to be in: factories open theirs, and it says
    `with tenancy.as_system():` where it looks.
    """
    if not in_one_transaction(request):
        yield
        return
    request.getfixturevalue("db")
    with tenancy.as_system():
        yield


def in_one_transaction(request) -> bool:
    marker = request.node.get_closest_marker("django_db")
    is_committing = (marker and marker.kwargs.get("transaction")) or {
        "transactional_db",
        "live_server",
    } & set(request.fixturenames)
    return not is_committing and (bool(marker) or "db" in request.fixturenames)


@pytest.fixture
def as_firm() -> Callable[..., AbstractContextManager[None]]:
    """`with as_firm(firm):` what a page of that firm sees, and nothing else."""

    def enter(firm: Firm, user: User | None = None) -> AbstractContextManager[None]:
        return tenancy.in_firm(firm.pk, user.pk if user else None)

    return enter


@pytest.fixture
def as_nobody() -> Callable[[], AbstractContextManager[None]]:
    """`with as_nobody():` no context, hence no rows."""
    return lambda: tenancy.enter(tenancy.NOBODY)


# The cast. `db` keeps each of these in the test's transaction, or out of it when the test commits.


@pytest.fixture
def firm(db) -> Firm:
    return factories.FirmFactory(name="Harbour Accounting", slug="harbour")


@pytest.fixture
def branch(firm) -> Branch:
    return factories.BranchFactory(firm=firm, name="London", email="london@harbour.test")


@pytest.fixture
def connection(branch) -> Connection:
    return factories.ConnectionFactory(branch=branch, name="Acme Bakery", client_number="1010")


def a_member(firm: Firm, name: str, **facts) -> User:
    email = f"{name.split()[0].lower()}@{firm.slug}.test"
    user = factories.UserFactory(full_name=name, email=email)
    factories.TeamMemberFactory(firm=firm, user=user, **facts)
    return user


def a_colleague(branch: Branch, name: str, **facts) -> User:
    """A team member with a role on the branch."""
    user = a_member(branch.firm, name)
    member = user.team_members.get()
    factories.BranchMembershipFactory(branch=branch, member=member, **facts)
    return user


@pytest.fixture
def super_admin(firm) -> User:
    return a_member(firm, "Sana Super Admin", super_admin=True)


@pytest.fixture
def billing_admin(firm) -> User:
    return a_member(firm, "Bill Billing Admin", billing_admin=True)


@pytest.fixture
def viewer(firm) -> User:
    return a_member(firm, "Vera Viewer", viewer=True)


@pytest.fixture
def branch_owner(branch) -> User:
    return a_colleague(branch, "Olga London Owner", owner=True)


@pytest.fixture
def branch_admin(branch) -> User:
    return a_colleague(branch, "Adam London Admin", admin=True)


@pytest.fixture
def assigned_member(branch, connection) -> User:
    user = a_colleague(branch, "Mia London Member")
    factories.TeamAssignmentFactory(content_object=connection, user=user, role=ClientRole.FULL)
    return user


@pytest.fixture
def unassigned_member(branch) -> User:
    return a_colleague(branch, "Una London Member")


@pytest.fixture
def contact(connection) -> User:
    """A client's person with a login of their own, a Client admin of Acme."""
    user = factories.UserFactory(full_name="Cara Client", email="cara@acme.test")
    row = factories.ContactFactory(
        firm=connection.firm, name=user.full_name, email=user.email, user=user
    )
    factories.ContactAccessFactory(connection=connection, contact=row, client_admin=True)
    return user


@pytest.fixture
def account_owner(connection) -> User:
    """Who owns Acme's client account."""
    user = factories.UserFactory(full_name="Arthur Acme", email="arthur@acme.test")
    with factories.arranging():
        connection.account.owner = user
        connection.account.save(update_fields=["owner"])
    return user


@pytest.fixture
def outsider(db) -> User:
    """A Super Admin of another firm, with a branch and a client of its own."""
    elsewhere = factories.FirmFactory(name="Southgate Books", slug="southgate")
    southgate = factories.BranchFactory(firm=elsewhere, name="Southgate")
    factories.ConnectionFactory(branch=southgate, name="Smith, Jane")
    return a_member(elsewhere, "Sol Super Admin", super_admin=True)


@pytest.fixture
def operator(db) -> User:
    return factories.UserFactory(
        operator=True, full_name="Opal Operator", email="ops@countinghouse.test"
    )


@pytest.fixture
def anonymous(db) -> None:
    """Nobody: a persona like the others, for tests that sign in by name."""


@pytest.fixture
def persona_client(request) -> Callable[[str], Client]:
    """`persona_client("viewer")`: a test client in which that member of the cast is signed in."""

    def sign_in(persona: str) -> Client:
        client = Client()
        user = request.getfixturevalue(persona)
        if user is not None:
            client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def chromium() -> str:
    return os.environ.get("CHROMIUM", "/usr/bin/chromium")
