"""People of a business in the portal, and the colleague whom a Client admin invites (F-158)."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.models import Connection, Contact, ContactAccess
from clients.roles import AccessLevel
from portal.actions.colleagues import let_contacts_invite
from practice.models import Message
from tests import factories

pytestmark = pytest.mark.django_db

TIM = {"name": "Tim Tanner", "email": "tim@acme.test", "permissions": ["has_tax"]}


@pytest.fixture
def people(connection) -> str:
    return f"/portal/harbour/{connection.pk}/people/"


@pytest.fixture
def tom(firm, connection):
    login = factories.UserFactory(email="tom@acme.test")
    person = factories.ContactFactory(firm=firm, name="Tom", email=login.email, user=login)
    factories.ContactAccessFactory(connection=connection, contact=person, has_tax=True)
    return login


def test_a_client_admin_sees_the_people_of_this_business_alone(
    client, contact, tom, people, branch
):
    other = factories.ConnectionFactory(branch=branch)
    factories.ContactAccessFactory(connection=other, contact__name="Stranger")
    client.force_login(contact)
    client.get(people)

    with CaptureQueriesContext(database) as few:
        text = client.get(people).text
    connection_id = ContactAccess.objects.get(contact__user=tom).connection_id
    row = Connection.objects.get(pk=connection_id)
    factories.ContactAccessFactory.create_batch(2, connection=row)
    with CaptureQueriesContext(database) as many:
        client.get(people)

    assert ("Tom" in text, "Stranger" in text) == (True, False)
    assert len(many) == len(few)


def test_a_colleague_is_added_and_both_sides_are_told(
    client, contact, assigned_member, people, connection
):
    client.force_login(contact)

    response = client.post(f"{people}invite/", TIM, follow=True)

    added = ContactAccess.objects.select_related("contact").get(contact__email="tim@acme.test")
    told = set(Message.objects.values_list("recipient", flat=True))
    assert "Tim Tanner is invited" in response.text
    assert (added.connection, added.permission_names) == (connection, ["Tax"])
    assert added.contact.invited_at is not None
    assert told == {"tim@acme.test", assigned_member.email, connection.branch.email}
    assert ContactAccess.history.latest("history_id").history_user == contact


@pytest.mark.parametrize("page", ["", "invite/"])
def test_for_others_it_is_not_there(client, tom, people, page):
    client.force_login(tom)

    assert client.get(people + page).status_code == 404
    assert client.post(people + page, TIM).status_code in (404, 405)
    assert Contact.objects.count() == 1


def test_view_only_invites_nobody(client, contact, people, connection):
    with factories.arranging():
        connection.access_level = AccessLevel.VIEW_ONLY
        connection.save(update_fields=["access_level"])
    client.force_login(contact)

    assert client.get(people).status_code == 200
    assert client.post(f"{people}invite/", TIM).status_code == 403


def test_the_firm_may_switch_it_off(client, contact, super_admin, people, firm):
    let_contacts_invite(firm, by=super_admin, lets_contacts_invite=False)
    client.force_login(contact)

    response = client.post(f"{people}invite/", TIM)

    assert response.status_code == 422
    assert "Harbour Accounting adds people itself." in response.text
    assert Contact.objects.count() == 1


def test_whom_the_firm_knows_elsewhere_is_not_told(client, contact, people, branch, firm):
    person = factories.ContactFactory(firm=firm, name="Dina Delgado", email="dina@delta.test")
    factories.ContactAccessFactory(
        connection=factories.ConnectionFactory(branch=branch), contact=person
    )
    client.force_login(contact)

    text = client.post(f"{people}invite/", {**TIM, "email": "DINA@delta.test"}).text

    assert "This address cannot be added here." in text
    assert "Dina Delgado" not in text
    assert not ContactAccess.objects.filter(contact=person, connection__name="Acme Bakery").exists()


def test_the_switch_is_in_the_practice_settings(client, super_admin, branch_admin, contact, people):
    page = "/harbour/settings/portal/people/"
    client.force_login(branch_admin)
    refused = client.get(page).status_code
    client.force_login(super_admin)

    client.post(page, {})

    client.force_login(contact)
    assert refused == 403
    assert "Harbour Accounting adds people itself." in client.get(people).text
