"""The portal's door and home: who comes in, what a business's row opens, and the preview."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import ContactAccess
from clients.roles import AccessLevel, ClientRole
from portal.models.entering import enter_scope, find_accesses, find_contact
from portal.todo import TodoItem
from practice import clock, tenancy
from practice.database import policied_models
from practice.tenancy import firm_owned_models
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def access(contact, connection):
    return ContactAccess.objects.get(connection=connection, contact__user=contact)


@pytest.fixture
def delta(branch, access):
    """A second business of Cara's."""
    row = factories.ConnectionFactory(branch=branch, name="Delta Design")
    return factories.ContactAccessFactory(connection=row, contact=access.contact)


@pytest.fixture
def asked(monkeypatch):
    """One thing waits at each business."""

    def area(accesses):
        return [
            TodoItem(
                each.connection_id,
                "Paper",
                "file-text",
                f"Read it, {each.connection}",
                "",
                "Read",
                "business",
                clock.now(),
                url_args=(),
            )
            for each in accesses
        ]

    monkeypatch.setattr("portal.todo.TODO", [area])


def home(slug="harbour") -> str:
    return reverse("portal:home", args=[slug])


def page(connection, slug="harbour") -> str:
    return reverse("portal:business", args=[slug, connection.pk])


def test_one_business_opens_at_once(client, contact, connection):
    client.force_login(contact)

    response = client.get(reverse("portal:start"), follow=True)

    assert response.redirect_chain == [(home(), 302), (page(connection), 302)]
    assert "Nothing waits for you" in response.text


def test_the_home_of_several_names_each_business(client, contact, connection, delta, asked):
    client.force_login(contact)

    text = client.get(home()).text

    assert "Read it, Acme Bakery" in text
    assert "Read it, Delta Design" in text
    assert "2 things wait for you" in text
    assert "Read it, Delta" not in client.get(page(connection)).text


def test_the_home_asks_as_much_for_ten_businesses_as_for_two(
    client, contact, branch, access, delta
):
    client.force_login(contact)
    client.get(home())

    with CaptureQueriesContext(database) as few:
        client.get(home())
    for _ in range(8):
        row = factories.ConnectionFactory(branch=branch)
        factories.ContactAccessFactory(connection=row, contact=access.contact)
    with CaptureQueriesContext(database) as many:
        client.get(home())

    asked = [q for q in few if "set_config" not in q["sql"] and "SAVEPOINT" not in q["sql"]]
    assert len(many) == len(few)
    assert len(asked) <= 12


def test_two_firms_are_chosen_between(client, contact, outsider):
    other = outsider.team_members.get().firm
    factories.ContactFactory(firm=other, user=contact, email=contact.email)
    client.force_login(contact)

    text = client.get(reverse("portal:start")).text

    assert f'href="{home()}"' in text
    assert f'href="{home("southgate")}"' in text


def test_without_any_business_there_is_nothing(client, contact, access):
    with factories.arranging():
        access.delete()
    client.force_login(contact)

    assert "No accounts linked" in client.get(home()).text


@pytest.mark.parametrize("persona", ["super_admin", "assigned_member", "account_owner", "outsider"])
def test_nobody_else_comes_in(client, request, persona, connection, contact):
    client.force_login(request.getfixturevalue(persona))

    assert client.get(home()).status_code == 404
    assert client.get(page(connection)).status_code == 404


def test_another_business_is_not_there(client, contact, branch):
    other = factories.ConnectionFactory(branch=branch)
    client.force_login(contact)

    assert client.get(page(other)).status_code == 404


def test_no_access_says_why(client, contact, connection):
    with factories.arranging():
        connection.access_level = AccessLevel.NONE
        connection.save(update_fields=["access_level"])
    client.force_login(contact)

    response = client.get(page(connection))

    assert response.status_code == 403
    assert "Your access is turned off, contact your accountant." in response.text


# What PostgreSQL shows


def readable(model) -> int:
    with database.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {model._meta.db_table}")
        return int(cursor.fetchone()[0])


def test_the_portal_reads_its_own_rows_and_no_other_table(contact, access, branch, super_admin):
    """A note, a message, a colleague's assignment, another client: no row of any of them exists."""
    factories.NoteFactory(connection=access.connection)
    factories.MessageFactory(firm=branch.firm)
    stranger = factories.ContactAccessFactory(connection__branch=branch)
    beside = factories.ContactAccessFactory(connection=access.connection)
    closed = [m for m in [*firm_owned_models(), *policied_models()] if not opens(m)]
    with tenancy.enter(tenancy.NOBODY):
        found = find_contact(contact, "harbour")
        enter_scope(contact, found, find_accesses(found))

        assert {m._meta.db_table: readable(m) for m in closed} == dict.fromkeys(
            (m._meta.db_table for m in closed), 0
        )
        seen = set(ContactAccess.objects.values_list("pk", flat=True))
        assert seen == {access.pk, beside.pk}
        assert readable(type(stranger.contact)) == 2


def opens(model) -> bool:
    return bool(getattr(model, "portal_policy", ""))


# The preview of staff, F-185


def preview_of(access) -> str:
    return f"harbour~{access.pk}"


@pytest.mark.parametrize(
    ("role", "status"),
    [(ClientRole.FULL, 200), (ClientRole.LIMITED, 200), (ClientRole.VIEW_ONLY, 403), (None, 404)],
)
def test_staff_look_through_a_contacts_eyes(client, access, unassigned_member, role, status):
    if role:
        factories.TeamAssignmentFactory(
            content_object=access.connection, user=unassigned_member, role=role
        )
    client.force_login(unassigned_member)

    response = client.get(page(access.connection, preview_of(access)))

    assert response.status_code == status


def test_a_preview_shows_one_business_and_takes_nothing(client, access, delta, super_admin):
    client.force_login(super_admin)

    shown = client.get(page(access.connection, preview_of(access)))
    elsewhere = client.get(page(delta.connection, preview_of(access)))
    sent = client.post(page(access.connection, preview_of(access)))

    assert "Preview" in shown.text
    assert "Delta Design" not in shown.text
    assert 'aria-disabled="true" title="In a preview you stay with one business."' in shown.text
    assert (elsewhere.status_code, sent.status_code) == (404, 403)
    assert "This is a preview. Nothing can be sent or changed in it." in sent.text


def test_another_firm_previews_nothing(client, access, outsider):
    client.force_login(outsider)

    for slug in (preview_of(access), f"southgate~{access.pk}", "harbour~999999999999"):
        assert client.get(home(slug)).status_code == 404
