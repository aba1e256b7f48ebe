"""Portal Settings > Contacts: the people of one client (F-148…F-152a, F-154e)."""

import csv
from datetime import timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.models import ActivityEvent, Connection, Contact, ContactAccess
from clients.roles import AccessLevel
from practice import clock
from practice.models import Message
from tests import factories

pytestmark = pytest.mark.django_db

FOUR = ("is_client_admin", "has_tax", "has_financial", "has_files")
TOM = {"name": "Tom  Tucker", "email": "Tom@Acme.test", "phone": "+44 7700 900123"}


@pytest.fixture
def page(connection) -> str:
    return f"/harbour/clients/{connection.pk}/portal/"


@pytest.fixture
def delta(branch) -> Connection:
    return factories.ConnectionFactory(branch=branch, name="Delta Design", client_number="1011")


@pytest.fixture
def max_(firm, connection, delta) -> ContactAccess:
    """Max at Acme, with Files; he is Delta's too, with Tax, and its primary contact."""
    person = factories.ContactFactory(firm=firm, name="Max Mercer", email="max@mercer.test")
    factories.ContactAccessFactory(connection=delta, contact=person, has_tax=True, primary=True)
    with factories.arranging():
        told = {"contact_name": person.name, "contact_email": person.email}
        Connection.objects.filter(pk=delta.pk).update(**told)
    return factories.ContactAccessFactory(connection=connection, contact=person, has_files=True)


def ticks(access: ContactAccess) -> list[bool]:
    access.refresh_from_db()
    return [getattr(access, column) for column in FOUR]


def at(access: ContactAccess, deed: str = "") -> str:
    return f"/harbour/clients/{access.connection_id}/portal/contacts/{access.pk}/{deed}"


def reasons(model: type) -> set[str]:
    return set(model.history.values_list("history_change_reason", flat=True))


def test_the_client_page_leads_to_it(client, viewer, connection, page):
    client.force_login(viewer)

    body = client.get(f"/harbour/clients/{connection.pk}/").content.decode()

    assert f'href="{page}"' in body


def test_a_row_shows_both_layers_how_far_they_came_and_when(client, viewer, connection, page, firm):
    person = factories.ContactFactory(firm=firm, name="Tom", invited_at=clock.now())
    access = factories.ContactAccessFactory(connection=connection, contact=person, has_tax=True)
    with factories.arranging():
        Connection.objects.filter(pk=connection.pk).update(access_level=AccessLevel.NONE)
    client.force_login(viewer)

    first = client.get(page).content.decode()
    with factories.arranging():
        ContactAccess.objects.filter(pk=access.pk).update(last_seen_at=clock.now())
    second = client.get(page).content.decode()

    assert ">Tax<" in first
    assert "No Access" in first
    assert "Tom’s access is turned off, contact your accountant." in first
    assert (">Invited<" in first, ">Active<" in second) == (True, True)
    assert ('<span class="quiet">–</span>' in first, "just now" in second) == (True, True)


def test_the_list_asks_as_many_questions_for_one_as_for_three(client, viewer, connection, page):
    client.force_login(viewer)
    counts = []

    for more in (1, 2):
        factories.ContactAccessFactory.create_batch(more, connection=connection)
        with CaptureQueriesContext(database) as asked:
            client.get(page)
        counts.append(len(asked))

    assert counts == [counts[0], counts[0]]


def test_the_file_neutralises_formulas(client, viewer, connection, page, firm):
    person = factories.ContactFactory(firm=firm, name="=1+1", email="one@acme.test")
    factories.ContactAccessFactory(connection=connection, contact=person, client_admin=True)
    client.force_login(viewer)

    response = client.get(f"{page}contacts/export/")

    [row] = csv.DictReader(response.getvalue().decode("utf-8-sig").splitlines())
    assert (row["Contact"], row["Email"]) == ("'=1+1", "one@acme.test")
    assert (row["Contact permissions"], row["Portal"]) == ("Client admin", "open")


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ({}, [False, False, False, False]),
        ({"permissions": ["has_tax", "has_files"]}, [False, True, False, True]),
        ({"permissions": ["is_client_admin"]}, [True, True, True, True]),
        ({"preset": "has_financial", "permissions": ["has_tax"]}, [False, False, True, False]),
        ({"preset": "is_client_admin"}, [True, True, True, True]),
        ({"preset": "none", "permissions": ["has_tax"]}, [False, False, False, False]),
    ],
)
def test_a_contact_is_added_and_nobody_is_told(client, assigned_member, page, asked, wanted):
    client.force_login(assigned_member)

    response = client.post(f"{page}contacts/add/", {**TOM, **asked})

    access = ContactAccess.objects.select_related("contact").get()
    assert response.status_code == 302
    assert (access.contact.name, access.contact.email) == ("Tom Tucker", "Tom@Acme.test")
    assert ticks(access) == wanted
    assert reasons(ContactAccess) == {"Added a contact of the client."}
    assert "added a contact" in ActivityEvent.objects.latest("pk").text
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("persona", "has_link"), [("branch_admin", True), ("assigned_member", False)]
)
def test_an_address_that_is_known_is_an_error_in_words(
    client, request, page, max_, persona, has_link
):
    """The address at another client: admins are shown the way (C34). Nothing typed is lost."""
    client.force_login(request.getfixturevalue(persona))
    with factories.arranging():
        max_.delete()

    response = client.post(f"{page}contacts/add/", {**TOM, "email": "MAX@mercer.test"})

    body = response.content.decode()
    assert response.status_code == 422
    assert "exists at your firm already" in body
    assert "in the “Client(s)” column" in body
    assert ("/harbour/settings/portal/?q=MAX" in body) is has_link
    assert "Tom  Tucker" in body
    assert Contact.objects.count() == 1


def test_an_address_that_is_here_already_says_whose(client, branch_admin, page, max_):
    client.force_login(branch_admin)

    response = client.post(f"{page}contacts/add/", {**TOM, "email": "max@mercer.test"})

    assert "Max Mercer is a contact of this client already." in response.content.decode()


def test_permissions_are_per_client(client, branch_admin, max_, delta):
    client.force_login(branch_admin)
    person = {"name": "Max Mercer", "email": "max@mercer.test"}

    client.post(at(max_), {**person, "permissions": ["has_financial"]})

    there = ContactAccess.objects.get(connection=delta)
    assert ticks(max_) == [False, False, True, False]
    assert ticks(there) == [False, True, False, False]


def test_who_somebody_is_belongs_to_all_of_their_clients(client, assigned_member, max_):
    """Mia works for Acme alone: with another address she would come into Delta as Max."""
    client.force_login(assigned_member)
    shown = client.get(at(max_)).content.decode()

    asked = {"name": "Mia", "email": "mia@harbour.test", "permissions": ["has_tax"]}
    client.post(at(max_), asked)

    person = Contact.objects.get()
    assert "name, email and phone belong to all of them" in shown
    assert (person.name, person.email) == ("Max Mercer", "max@mercer.test")
    assert ticks(max_) == [False, True, False, False]


def test_another_address_is_another_person_until_it_is_proved(client, branch_admin, max_, delta):
    with factories.arranging():
        login = factories.UserFactory(email="max@mercer.test")
        Contact.objects.filter(pk=max_.contact_id).update(user=login, invited_at=clock.now())
    client.force_login(branch_admin)

    client.post(at(max_), {"name": "Max Mercer", "email": "max@new.test", "permissions": FOUR[3]})

    person = Contact.objects.get()
    delta.refresh_from_db()
    assert (person.email, person.email_key) == ("max@new.test", "max@new.test")
    assert (person.user, person.invited_at) == (None, None)
    assert (delta.contact_email, "max@new.test" in delta.search_text) == ("max@new.test", True)


def test_blocking_counts_from_the_next_click(client, branch_admin, contact, connection):
    access = ContactAccess.objects.get()
    theirs = f"/portal/harbour/{connection.pk}/"
    client.force_login(contact)
    answers = [client.get(theirs).status_code]
    client.force_login(branch_admin)
    client.post(at(access, "block/"))
    client.force_login(contact)
    shut = client.get(theirs)
    client.force_login(branch_admin)
    client.post(at(access, "unblock/"))
    client.force_login(contact)

    answers += [shut.status_code, client.get(theirs).status_code]

    assert answers == [200, 403, 200]
    assert "Your access to this client is blocked" in shut.content.decode()


def test_last_seen_is_written_to_the_hour(client, contact, connection):
    access = ContactAccess.objects.get()
    client.force_login(contact)

    client.get(f"/portal/harbour/{connection.pk}/")
    access.refresh_from_db()
    first = access.last_seen_at
    client.get(f"/portal/harbour/{connection.pk}/")
    access.refresh_from_db()
    again = access.last_seen_at
    with factories.arranging():
        ContactAccess.objects.update(last_seen_at=first - timedelta(hours=2))
    client.get(f"/portal/harbour/{connection.pk}/")
    access.refresh_from_db()

    assert first is not None
    assert again == first
    assert access.last_seen_at > first - timedelta(hours=1)


def test_remove_from_this_client_leaves_the_others(client, branch_admin, max_, delta):
    client.force_login(branch_admin)
    [there] = ContactAccess.objects.filter(connection=delta)
    shown = client.get(at(there, "remove/")).content.decode()

    first = client.post(at(there, "remove/"))
    second = client.post(at(there, "remove/"))

    delta.refresh_from_db()
    assert "Acme Bakery" in shown
    assert (first.status_code, second.status_code) == (302, 302)
    assert [row.pk for row in ContactAccess.objects.all()] == [max_.pk]
    assert (delta.contact_name, delta.contact_email) == ("", "")
    assert "max" not in delta.search_text


def test_an_access_is_reached_at_its_own_client_alone(client, branch_admin, max_, delta):
    client.force_login(branch_admin)
    wrong = f"/harbour/clients/{delta.pk}/portal/contacts/{max_.pk}/"

    answers = [client.get(wrong), client.post(f"{wrong}block/"), client.post(f"{wrong}remove/")]

    assert [response.status_code for response in answers] == [404, 404, 404]
    assert ContactAccess.objects.count() == 2
