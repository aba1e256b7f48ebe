"""Tickets in the client’s own pages: marked, read, answered (F-136, F-136a)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.actions.tickets import answer_as_owner
from clients.models import ClientAccount, Connection, Ticket, TicketReply
from clients.models.own_data import of_tickets
from practice import clock
from practice.errors import Refused
from practice.models import Message
from tests import factories


@pytest.fixture
def url(connection) -> str:
    return f"/companies/{connection.account_id}/tickets/"


@pytest.fixture
def ticket(connection, assigned_member) -> Ticket:
    return factories.TicketFactory(
        connection=connection, number=7, subject="No bank feed", created_by=assigned_member
    )


def reply(text: str = "It works again.") -> dict[str, str]:
    return {"text": text, "key": str(uuid4())}


def test_the_owner_sees_it_marked(client, account_owner, ticket, url):
    client.force_login(account_owner)

    listed = client.get(url).content.decode()
    page = client.get(f"{url}{ticket.pk}/").content.decode()

    for html in (listed, page):
        assert "No bank feed" in html
        assert "created by your accountant" in html
    assert "What is the matter." in page
    assert "Mia London Member" in page


def test_the_owner_replies_and_the_firm_owes_an_answer(
    client, account_owner, assigned_member, connection, ticket, url
):
    with factories.arranging():
        Ticket.objects.filter(pk=ticket.pk).update(due_at=None)
    client.force_login(account_owner)

    response = client.post(f"{url}{ticket.pk}/", reply(), follow=True)

    made = TicketReply.objects.get()
    ticket.refresh_from_db()
    assert "Harbour Accounting has your reply." in response.content.decode()
    assert (made.author, made.is_client, made.text) == (account_owner, True, "It works again.")
    assert ticket.due_at - clock.now() > timedelta(days=2) - timedelta(minutes=1)
    turn = Ticket.history.filter(id=ticket.pk).latest("history_id")
    assert (turn.history_user, turn.history_change_reason) == (
        account_owner,
        "The client wrote under a ticket.",
    )
    mails = Message.objects.filter(key__startswith=f"ticket-reply:{made.pk}:")
    assert {mail.recipient for mail in mails} == {assigned_member.email, "london@harbour.test"}
    assert all("It works again." not in mail.body for mail in mails)


def test_the_firm_reads_the_reply(client, account_owner, assigned_member, connection, ticket, url):
    client.force_login(account_owner)
    client.post(f"{url}{ticket.pk}/", reply("Thank you both."))
    client.force_login(assigned_member)

    html = client.get(f"/harbour/clients/{connection.pk}/tickets/{ticket.pk}/").content.decode()

    assert "Thank you both." in html


def test_an_answer_that_is_due_stays_due(client, account_owner, ticket, url):
    client.force_login(account_owner)

    client.post(f"{url}{ticket.pk}/", reply())

    before = ticket.due_at
    ticket.refresh_from_db()
    assert ticket.due_at == before


def test_two_clicks_are_one_reply_and_one_mail_to_each(client, account_owner, ticket, url):
    client.force_login(account_owner)
    said = reply()

    for _ in range(2):
        client.post(f"{url}{ticket.pk}/", said)

    assert (TicketReply.objects.count(), Message.objects.count()) == (1, 2)


def test_under_a_closed_ticket_nothing_is_written(client, account_owner, ticket, url):
    with factories.arranging():
        Ticket.objects.filter(pk=ticket.pk).update(closed_at=clock.now(), closed_by=account_owner)
    client.force_login(account_owner)

    page = client.get(f"{url}{ticket.pk}/").content.decode()
    response = client.post(f"{url}{ticket.pk}/", reply())

    assert "This ticket is closed" in page
    assert (response.status_code, TicketReply.objects.count()) == (422, 0)


def test_of_an_ended_relationship_it_is_read_only(client, account_owner, connection, ticket, url):
    now = clock.now()
    with factories.arranging():
        rows = Connection.objects.filter(pk=connection.pk)
        rows.update(status="disconnected", disconnected_at=now)
    client.force_login(account_owner)

    page = client.get(f"{url}{ticket.pk}/").content.decode()
    response = client.post(f"{url}{ticket.pk}/", reply())

    assert "read-only" in page
    assert (response.status_code, TicketReply.objects.count()) == (422, 0)


@pytest.mark.parametrize(
    ("persona", "status"),
    [("contact", 404), ("assigned_member", 403), ("super_admin", 404), ("outsider", 404)],
)
def test_nobody_else_reads_or_writes_here(
    persona_client, account_owner, ticket, url, persona, status
):
    browser = persona_client(persona)

    statuses = [
        browser.get(url).status_code,
        browser.get(f"{url}{ticket.pk}/").status_code,
        browser.post(f"{url}{ticket.pk}/", reply()).status_code,
    ]

    assert (statuses, TicketReply.objects.count()) == ([status] * 3, 0)


def test_the_ticket_of_another_company_is_not_there(client, account_owner, ticket, branch):
    other = factories.ConnectionFactory(branch=branch, account__owner=account_owner)
    client.force_login(account_owner)

    response = client.get(f"/companies/{other.account_id}/tickets/{ticket.pk}/")

    assert response.status_code == 404


def test_who_lost_the_account_meanwhile_writes_nothing(account_owner, connection, ticket):
    with factories.arranging():
        accounts = ClientAccount.objects.filter(pk=connection.account_id)
        accounts.update(owner=factories.UserFactory())

    with pytest.raises(Refused, match="Only the owner"):
        answer_as_owner(ticket, by=account_owner, text="T", key=uuid4())


def test_the_list_is_filtered_and_exported(client, account_owner, connection, ticket, url):
    user = factories.UserFactory()
    shut = {"closed_at": clock.now(), "closed_by": user}
    factories.TicketFactory(connection=connection, number=8, subject="Shut", **shut)
    client.force_login(account_owner)

    closed = client.get(f"{url}?state=closed").context["page"]
    lines = client.get(f"{url}?state=open&format=csv").content.decode("utf-8-sig").splitlines()

    assert [row.subject for row in closed.rows] == ["Shut"]
    assert [line.split(",")[:4] for line in lines] == [
        ["Firm", "Ticket", "Subject", "Priority"],
        ["Harbour Accounting", "7", "No bank feed", "Normal"],
    ]


def test_without_tickets_the_page_says_what_comes(client, account_owner, url):
    client.force_login(account_owner)

    assert "No tickets" in client.get(url).content.decode()


def test_queries_do_not_grow(client, account_owner, connection, ticket, url):
    client.force_login(account_owner)
    client.get(url)
    with CaptureQueriesContext(database) as one:
        client.get(url)
    for _ in range(2):
        factories.TicketFactory(connection=connection)

    with CaptureQueriesContext(database) as three:
        client.get(url)

    assert len(one) == len(three)


def test_own_data_holds_the_tickets(account_owner, connection, ticket):
    factories.TicketReplyFactory(ticket=ticket, author=account_owner, text="Again.")

    rows = list(of_tickets(ClientAccount.objects.get(pk=connection.account_id)))

    assert [row[-1] for row in rows] == ["What is the matter.", "Again."]
    assert {row[1] for row in rows} == {7}
