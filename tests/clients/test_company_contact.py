"""The firm's card in the client's own home, and "Contact Me" (F-147)."""

from uuid import uuid4

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.models import ActivityEvent, Connection, Ticket
from practice.models import Message
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def url(connection) -> str:
    return f"/companies/{connection.account_id}/contact/{connection.pk}/"


def form(**facts) -> dict[str, str]:
    return {"subject": "A question", "text": "May I claim this?", "key": str(uuid4()), **facts}


def test_the_home_shows_the_firms_card(client, account_owner, connection, url):
    connection.firm.phone = "+44 20 7946 0230"
    with factories.arranging():
        connection.firm.save()
    client.force_login(account_owner)

    html = client.get("/companies/").content.decode()

    for words in ("Harbour Accounting", "London", "london@harbour.test", "+44 20 7946 0230"):
        assert words in html
    assert f'href="{url}"' in html
    assert "Contact Me" in html


def test_the_number_of_queries_does_not_grow(client, account_owner, connection):
    client.force_login(account_owner)
    client.get("/companies/")
    with CaptureQueriesContext(database) as one:
        client.get("/companies/")
    for _ in range(2):
        factories.ConnectionFactory(account__owner=account_owner)

    with CaptureQueriesContext(database) as three:
        client.get("/companies/")

    assert len(one) == len(three)


def test_a_message_is_a_ticket_that_both_sides_answer(
    client, account_owner, assigned_member, connection, url
):
    client.force_login(account_owner)

    page = client.post(url, form(), follow=True).content.decode()

    ticket = Ticket.objects.get()
    assert (ticket.number, ticket.is_client, ticket.created_by) == (1, True, account_owner)
    assert "Harbour Accounting has your message." in page
    assert "written by you" in page
    assert set(Message.objects.values_list("recipient", "subject")) == {
        (to, "Acme Bakery wrote to your firm: A question")
        for to in ("mia@harbour.test", "london@harbour.test")
    }
    assert "May I claim this?" not in Message.objects.first().body
    assert ActivityEvent.objects.get().text == "Arthur Acme wrote: ticket 1"
    assert ticket.history.get().history_user == account_owner

    client.force_login(assigned_member)
    firms = f"/harbour/clients/{connection.pk}/tickets/{ticket.pk}/"
    seen = client.get(firms).content.decode()
    client.post(firms, {"text": "You may.", "key": str(uuid4())})
    assert "on behalf of client" not in seen
    assert Message.objects.filter(recipient="arthur@acme.test").count() == 1


def test_two_clicks_are_one_message(client, account_owner, connection, url):
    client.force_login(account_owner)
    same = form()

    answers = [client.post(url, same).status_code for _ in range(2)]

    assert (answers, Ticket.objects.count(), Message.objects.count()) == ([302, 302], 1, 1)


@pytest.mark.parametrize("field", ["subject", "text"])
def test_nothing_is_sent_empty_and_nothing_written_is_lost(
    client, account_owner, connection, url, field
):
    client.force_login(account_owner)

    response = client.post(url, form(**{field: " "}))

    kept = "May I claim this?" if field == "subject" else "A question"
    assert (response.status_code, kept in response.content.decode()) == (422, True)
    assert not Ticket.objects.exists()


def test_a_firm_that_left_is_not_written_to(client, account_owner, connection, url):
    with factories.arranging():
        facts = {"status": "disconnected", "disconnected_at": connection.created_at}
        Connection.objects.update(**facts)
    client.force_login(account_owner)

    assert client.get(url).status_code == client.post(url, form()).status_code == 404
    assert "Contact Me" not in client.get("/companies/").content.decode()


PAGES = (  # what the owner alone has: settings, plan, closing the door, other accountants, data
    "",
    "staff/",
    "plan/",
    "external-access/",
    "invitations/",
    "data/",
    "tickets/",
)


@pytest.mark.parametrize("page", PAGES)
def test_who_works_for_the_account_never_reaches_what_is_the_owners(
    client, assigned_member, account_owner, connection, page
):
    """F-146: refused, and absent from the pages that the firm has."""
    client.force_login(assigned_member)
    url = f"/companies/{connection.account_id}/{page}"

    response = client.get(url)
    seen = client.get(f"/harbour/clients/{connection.pk}/dashboard/").content.decode()

    assert response.status_code == 403
    assert "for the owner of the account alone" in response.content.decode()
    assert f"/companies/{connection.account_id}/" not in seen


@pytest.mark.parametrize("act", ["disable", "reinstate", "remove"])
def test_nor_does_it_act_as_the_owner(client, assigned_member, connection, act):
    client.force_login(assigned_member)

    url = f"/companies/{connection.account_id}/staff/{connection.pk}/{act}/"
    response = client.post(url, {"how": "disconnect"})

    assert response.status_code == 403
    assert Connection.objects.get().is_open


def test_nor_changes_the_owner(client, assigned_member, account_owner, connection):
    client.force_login(assigned_member)

    url = f"/harbour/clients/{connection.pk}/owner/"
    response = client.post(url, {"full_name": "Mia", "email": "mia@elsewhere.test"})

    assert response.status_code in {403, 422}
    connection.account.refresh_from_db()
    assert connection.account.owner == account_owner


@pytest.mark.parametrize("persona", ["unassigned_member", "branch_admin", "outsider", "contact"])
def test_for_others_the_account_does_not_exist(persona_client, connection, persona):
    response = persona_client(persona).get(f"/companies/{connection.account_id}/")

    assert response.status_code == 404
