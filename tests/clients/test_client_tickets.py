"""Tickets on behalf of a client: the firm’s pages (F-136, F-136a)."""

import csv
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
import time_machine
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.actions.tickets import answer_ticket, close_ticket, create_ticket
from clients.models import ClientMessage, Connection, Ticket, TicketReply
from clients.roles import ConnectionStatus
from practice import clock
from practice.errors import Refused
from practice.models import Message
from tests import factories


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/tickets/"


@pytest.fixture
def ticket(connection, branch_admin) -> Ticket:
    return factories.TicketFactory(connection=connection, number=7, created_by=branch_admin)


def answers(**changes) -> dict[str, object]:
    words = {"subject": "No bank feed", "text": "It stopped on Monday.", "priority": "high"}
    return {**words, "key": str(uuid4()), **changes}


def test_a_ticket_gets_a_number_and_a_time_by_which_to_answer(
    client, assigned_member, account_owner, connection, url
):
    factories.TicketFactory(connection=connection, number=41)
    client.force_login(assigned_member)
    before = clock.now()

    response = client.post(f"{url}add/", answers(), follow=True)

    made = Ticket.objects.get(subject="No bank feed")
    html = response.content.decode()
    assert (made.number, made.created_by, made.connection) == (42, assigned_member, connection)
    assert before <= made.due_at - timedelta(days=1) <= clock.now()
    assert "Ticket 42 is created." in html
    assert "It stopped on Monday." in html
    turn = Ticket.history.get(id=made.pk)
    assert turn.history_change_reason == "Created a ticket on behalf of the client."
    assert turn.history_user == assigned_member


@pytest.mark.parametrize(
    ("priority", "hours"), [("urgent", 4), ("high", 24), ("normal", 48), ("low", 120)]
)
def test_the_priority_says_how_soon(connection, assigned_member, priority, hours):
    facts = {"subject": "S", "text": "T", "priority": priority, "key": uuid4()}

    made = create_ticket(connection, by=assigned_member, **facts)

    assert made.due_at - made.created_at == timedelta(hours=hours)


def test_the_owner_is_told_by_mail_without_the_words(
    client, assigned_member, account_owner, connection, url
):
    client.force_login(assigned_member)

    client.post(f"{url}add/", answers())

    made = Ticket.objects.get()
    mail = Message.objects.get(key=f"ticket:{made.pk}:created")
    assert (mail.recipient, mail.firm) == ("arthur@acme.test", connection.firm)
    assert mail.subject == f"Ticket {made.number} for Acme Bakery: No bank feed"
    assert f"/companies/{connection.account_id}/tickets/{made.pk}/" in mail.body
    assert "It stopped on Monday." not in mail.body
    assert ClientMessage.objects.filter(connection=connection, message=mail).exists()


def test_without_an_owner_nobody_is_told_and_the_form_says_so(client, assigned_member, url):
    client.force_login(assigned_member)

    page = client.get(f"{url}add/").content.decode()
    client.post(f"{url}add/", answers())

    assert "no owner yet" in page
    assert (Ticket.objects.count(), Message.objects.count()) == (1, 0)


def test_two_clicks_are_one_ticket_and_one_mail(client, assigned_member, account_owner, url):
    client.force_login(assigned_member)
    said = answers()

    places = {client.post(f"{url}add/", said)["Location"] for _ in range(2)}

    assert (len(places), Ticket.objects.count(), Message.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"subject": ""},
        {"subject": "x" * 201},
        {"text": " "},
        {"priority": "yesterday"},
        {"key": "none"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(client, assigned_member, url, wrong):
    client.force_login(assigned_member)

    response = client.post(f"{url}add/", answers(**wrong))

    assert (response.status_code, Ticket.objects.count()) == (422, 0)
    kept = "No bank feed" if "subject" not in wrong else "It stopped on Monday."
    assert kept in response.content.decode()


def test_a_failed_check_begins_the_ticket(client, assigned_member, connection, url):
    factories.UsageSnapshotFactory(connection=connection, unscheduled_jobs=5)
    client.force_login(assigned_member)

    dashboard = client.get(f"/harbour/clients/{connection.pk}/dashboard/").content.decode()
    page = client.get(f"{url}add/?check=unscheduled").content.decode()

    assert f'href="{url}add/?check=unscheduled"' in dashboard
    assert 'value="Multiple unscheduled jobs"' in page
    assert client.get(f"{url}add/?check=nonsense").status_code == 200


def test_a_check_in_good_health_offers_none(client, assigned_member, connection, url):
    factories.UsageSnapshotFactory(connection=connection, unscheduled_jobs=0)
    client.force_login(assigned_member)

    html = client.get(f"/harbour/clients/{connection.pk}/dashboard/").content.decode()

    assert "?check=unscheduled" not in html


def test_overdue_is_red_from_the_minute_that_it_is_due(client, assigned_member, ticket, url):
    shown = []

    for at in (ticket.due_at - timedelta(minutes=1), ticket.due_at):
        with time_machine.travel(at, tick=False):
            client.force_login(assigned_member)
            shown.append(client.get(url).content.decode())

    before, after = shown

    assert '<span class="status bad">Overdue</span>' not in before
    assert '<span class="status bad">Overdue</span>' in after


def test_the_firms_answer_ends_the_wait(client, assigned_member, account_owner, ticket, url):
    client.force_login(assigned_member)

    response = client.post(
        f"{url}{ticket.pk}/", {"text": "We look into it.", "key": str(uuid4())}, follow=True
    )

    ticket.refresh_from_db()
    reply = TicketReply.objects.get()
    assert (ticket.due_at, ticket.state, reply.is_client) == (None, "Answered", False)
    assert "We look into it." in response.content.decode()
    mail = Message.objects.get(key=f"ticket-reply:{reply.pk}")
    assert mail.recipient == "arthur@acme.test"
    assert "Mia London Member of Harbour Accounting answered ticket 7" in mail.body


def test_two_clicks_are_one_reply(client, assigned_member, ticket, url):
    client.force_login(assigned_member)
    said = {"text": "Once.", "key": str(uuid4())}

    for _ in range(2):
        client.post(f"{url}{ticket.pk}/", said)

    assert TicketReply.objects.count() == 1


def test_an_empty_reply_is_refused(client, assigned_member, ticket, url):
    client.force_login(assigned_member)

    response = client.post(f"{url}{ticket.pk}/", {"text": "  ", "key": str(uuid4())})

    assert (response.status_code, TicketReply.objects.count()) == (422, 0)


def test_closed_and_opened_again(client, assigned_member, ticket, url):
    client.force_login(assigned_member)

    client.post(f"{url}{ticket.pk}/close/")
    ticket.refresh_from_db()
    closed = (ticket.state, ticket.closed_by)
    refused = client.post(f"{url}{ticket.pk}/", {"text": "Late.", "key": str(uuid4())})
    client.post(f"{url}{ticket.pk}/reopen/")
    ticket.refresh_from_db()

    assert closed == ("Closed", assigned_member)
    assert (refused.status_code, TicketReply.objects.count()) == (422, 0)
    assert (ticket.state, ticket.closed_by, ticket.due_at > clock.now()) == ("Open", None, True)
    reasons = Ticket.history.filter(id=ticket.pk).order_by("history_id")
    assert list(reasons.values_list("history_change_reason", flat=True))[1:] == [
        "Closed a ticket.",
        "Opened a ticket again.",
    ]


def test_closing_twice_is_once(assigned_member, branch_admin, ticket):
    first = close_ticket(ticket, by=assigned_member)

    again = close_ticket(ticket, by=branch_admin)

    assert (again.closed_by, again.closed_at) == (assigned_member, first.closed_at)


def many(connection: Connection) -> None:
    now = clock.now()
    facts = {"connection": connection}
    factories.TicketFactory(**facts, number=1, subject="Fresh", priority="urgent")
    factories.TicketFactory(**facts, number=2, subject="Late", due_at=now - timedelta(hours=1))
    user = factories.UserFactory()
    factories.TicketFactory(**facts, number=3, subject="Shut", closed_at=now, closed_by=user)


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"Fresh", "Late", "Shut"}),
        ("?state=open", {"Fresh", "Late"}),
        ("?state=overdue", {"Late"}),
        ("?state=closed", {"Shut"}),
        ("?priority=urgent", {"Fresh"}),
        ("?state=open&priority=normal", {"Late"}),
        ("?state=nonsense", {"Fresh", "Late", "Shut"}),
    ],
)
def test_the_list_and_its_export_are_filtered_alike(
    client, assigned_member, connection, url, query, shown
):
    many(connection)
    client.force_login(assigned_member)

    page = client.get(url + query).context["page"]
    response = client.get(f"{url}export/{query}")

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    lines = list(csv.DictReader(StringIO(text)))
    assert {ticket.subject for ticket in page.rows} == shown
    assert {line["Subject"] for line in lines} == shown


def test_an_empty_list_says_what_would_fill_it(client, assigned_member, connection, url):
    client.force_login(assigned_member)

    assert "No tickets yet" in client.get(url).content.decode()
    assert "Nothing found" in client.get(f"{url}?state=closed").content.decode()


def test_queries_do_not_grow(client, assigned_member, connection, url):
    factories.TicketFactory(connection=connection)
    client.force_login(assigned_member)
    client.get(url)
    with CaptureQueriesContext(database) as one:
        client.get(url)
    for _ in range(2):
        factories.TicketFactory(connection=connection)

    with CaptureQueriesContext(database) as three:
        client.get(url)

    assert len(one) == len(three)


def test_queries_of_a_thread_do_not_grow(client, assigned_member, ticket, url):
    factories.TicketReplyFactory(ticket=ticket)
    client.force_login(assigned_member)
    client.get(f"{url}{ticket.pk}/")
    with CaptureQueriesContext(database) as one:
        client.get(f"{url}{ticket.pk}/")
    for _ in range(2):
        factories.TicketReplyFactory(ticket=ticket)

    with CaptureQueriesContext(database) as three:
        client.get(f"{url}{ticket.pk}/")

    assert len(one) == len(three)


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 403), ("billing_admin", 403), ("unassigned_member", 404), ("outsider", 404)],
)
def test_others_write_nothing(persona_client, ticket, url, persona, status):
    browser = persona_client(persona)

    statuses = [
        browser.post(f"{url}add/", answers()).status_code,
        browser.post(f"{url}{ticket.pk}/", {"text": "M", "key": str(uuid4())}).status_code,
        browser.post(f"{url}{ticket.pk}/close/").status_code,
    ]

    ticket.refresh_from_db()
    assert statuses == [status] * 3
    assert (Ticket.objects.count(), TicketReply.objects.count(), ticket.is_open) == (1, 0, True)


def test_the_ticket_of_another_client_is_not_there(client, branch_owner, branch, ticket):
    other = factories.ConnectionFactory(branch=branch)
    client.force_login(branch_owner)

    assert client.get(f"/harbour/clients/{other.pk}/tickets/{ticket.pk}/").status_code == 404


def test_while_paused_it_is_read_only(client, assigned_member, connection, ticket, url):
    with factories.arranging():
        Connection.objects.filter(pk=connection.pk).update(
            status=ConnectionStatus.PAUSED, paused_at=clock.now()
        )
    client.force_login(assigned_member)

    assert client.get(f"{url}{ticket.pk}/").status_code == 200
    assert client.post(f"{url}{ticket.pk}/close/").status_code == 403
    connection.refresh_from_db()
    ticket.connection = connection
    with pytest.raises(Refused, match="paused"):
        answer_ticket(ticket, by=assigned_member, text="T", key=uuid4())


def test_numbers_are_each_firms_own(connection, assigned_member, outsider, ticket):
    elsewhere = Connection.objects.get(firm__slug="southgate")
    facts = {"subject": "S", "text": "T", "priority": "low"}

    theirs = create_ticket(elsewhere, by=outsider, **facts, key=uuid4())
    ours = create_ticket(connection, by=assigned_member, **facts, key=uuid4())

    assert (theirs.number, ours.number) == (1, 8)
