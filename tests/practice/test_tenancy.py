"""Whose rows exist: the role of the tests, the contexts, and their nesting."""

import pytest
from django.db import connection as database
from django.db.utils import ProgrammingError

from clients.models import ClientAccount, Connection
from practice import tenancy
from practice.database import PrivilegedRole, require_unprivileged_role
from practice.models import Firm, Job, Message, TeamMember
from practice.tenancy import Context, Realm
from tests import databases, factories

pytestmark = pytest.mark.django_db


def settings_of_the_transaction() -> tuple[str, ...]:
    names = ("app.realm", "app.firm_id", "app.user_id")
    with database.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"current_setting('{name}', true)" for name in names))
        return cursor.fetchone()


def test_the_tests_run_as_a_role_that_owns_nothing():
    with database.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        powers = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM pg_tables WHERE tableowner = current_user")
        owned = cursor.fetchone()

    assert (powers, owned) == ((False, False), (0,))


@pytest.mark.django_db(transaction=True)
def test_a_privileged_role_is_refused():
    with databases.as_owner(), pytest.raises(PrivilegedRole, match="application's role"):
        require_unprivileged_role()


@pytest.mark.django_db(transaction=True)
def test_the_application_role_may_serve():
    require_unprivileged_role()


def test_a_firm_sees_its_own_rows_alone(connection, outsider, as_firm, firm):
    with as_firm(firm):
        seen = list(Connection.objects.all())
        accounts = list(ClientAccount.objects.all())

    assert (seen, accounts) == ([connection], [connection.account])


def test_without_a_context_there_are_no_rows(connection, super_admin, as_nobody):
    with as_nobody():
        counts = [m.objects.count() for m in (Firm, TeamMember, Connection, ClientAccount)]

    assert counts == [0, 0, 0, 0]


def test_a_person_sees_their_firms_before_one_is_chosen(super_admin, outsider, firm):
    with tenancy.enter(Context(user_id=super_admin.pk)):
        firms = list(Firm.objects.all())
        members = [member.user for member in TeamMember.objects.all()]

    assert (firms, members) == ([firm], [super_admin])


def test_a_mail_to_nobodys_firm_is_not_read_back_by_a_firm(firm, as_firm):
    factories.MessageFactory(firm=None)
    factories.JobFactory(firm=None)

    with as_firm(firm):
        seen = Message.objects.count(), Job.objects.count()

    assert seen == (0, 0)


def test_an_inner_context_ends_with_its_block(firm, as_firm, as_nobody):
    with as_firm(firm):
        with as_nobody():
            inside = settings_of_the_transaction()
        after = settings_of_the_transaction()

    assert inside == ("", "", "")
    assert after == ("staff", str(firm.pk), "")
    assert settings_of_the_transaction() == ("system", "", "")


def test_a_failed_block_leaves_the_outer_context(firm, as_firm):
    with pytest.raises(ZeroDivisionError), as_firm(firm):
        raise ZeroDivisionError

    assert settings_of_the_transaction() == ("system", "", "")
    assert tenancy.current() == Context(Realm.SYSTEM)


def test_a_switched_context_ends_with_its_block(firm, as_nobody):
    with as_nobody():
        tenancy.switch(Context(Realm.STAFF, firm.pk))

    assert settings_of_the_transaction() == ("system", "", "")


def test_settings_end_with_their_transaction(transactional_db):
    with tenancy.as_system():
        pass

    assert settings_of_the_transaction() == ("", "", "")


def test_rows_of_another_firm_are_not_written(firm, outsider, as_firm):
    other = Firm.objects.get(slug="southgate")

    with pytest.raises(ProgrammingError, match="row-level security"), as_firm(firm):
        Job.objects.create(firm=other, kind="mischief", key="1")


def test_a_request_leaves_the_context_of_the_test(client, super_admin):
    client.force_login(super_admin)

    client.get("/admin/")

    assert settings_of_the_transaction() == ("system", "", "")
