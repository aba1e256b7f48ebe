"""What the team has to do and has written: tasks, an important date, templates, a message."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import uuid4

from clients.actions.key_dates import next_day
from clients.actions.message_templates import STARTERS
from clients.demo.people import Practice
from clients.models import (
    ClientMessage,
    Connection,
    Contact,
    KeyDate,
    MessageTemplate,
    Task,
    Ticket,
    TicketPriority,
    TicketReply,
)
from clients.models.tickets import ANSWER_WITHIN
from practice import clock
from practice.models import Message, MessageState

YEAR_END = date(2024, 3, 31)
TASKS = (  # Client ID, what, whose, due in days
    ("1010", "Reconcile the October bank statements", "mia", -3),
    ("1010", "Ask Cara about the new oven", "mia", 5),
    ("1001", "Collect the P60", "mia", 12),
    ("1011", "Prepare the VAT return", "xavi", 9),
)
SENT_DAYS_AGO = 6


def load_work(practice: Practice, rows: Sequence[Connection]) -> None:
    by_number = {row.client_number: row for row in rows}
    load_tasks(practice, by_number)
    load_dates(practice, by_number["1010"])
    load_message(practice, by_number["1010"])
    load_ticket(practice, by_number["1010"])


def load_tasks(practice: Practice, by_number: dict[str, Connection]) -> None:
    today = clock.today()
    Task.objects.bulk_create(
        [
            Task(
                firm_id=by_number[number].firm_id,
                connection=by_number[number],
                title=title,
                assignee=practice.people[person],
                due_on=today + timedelta(days=days),
                created_by=practice.people["adam"],
            )
            for number, title, person, days in TASKS
        ]
    )


def load_dates(practice: Practice, acme: Connection) -> None:
    KeyDate.objects.create(
        firm_id=acme.firm_id,
        connection=acme,
        title="Year end",
        on=next_day(YEAR_END, clock.today()),
        is_yearly=True,
        remind_days=7,
        created_by=practice.people["adam"],
    )


def load_message(practice: Practice, acme: Connection) -> None:
    MessageTemplate.objects.bulk_create(
        [
            MessageTemplate(firm_id=acme.firm_id, name=name, subject=subject, body=body)
            for name, subject, body in STARTERS
        ]
    )
    cara = Contact.objects.get(firm_id=acme.firm_id, name="Cara Baker")
    at = clock.now() - timedelta(days=SENT_DAYS_AGO)
    message = Message.objects.create(
        firm_id=acme.firm_id,
        key=f"demo:{acme.pk}:oven",
        recipient=cara.email,
        subject="The new oven of Acme Bakery",
        body="Dear Cara,\n\ncould you send us the invoice of the new oven?\n\nKind regards\nMia\n",
        state=MessageState.SENT,
        created_at=at,
        not_before=at,
        sent_at=at,
        attempts=1,
    )
    ClientMessage.objects.create(
        firm_id=acme.firm_id,
        connection=acme,
        message=message,
        contact=cara,
        written_by=practice.people["mia"],
        created_at=at,
    )


def load_ticket(practice: Practice, acme: Connection) -> None:
    """An open ticket of Acme: Mia has answered, and Cara asks again."""
    now, mia = clock.now(), practice.people["mia"]
    cara = acme.account.owner
    assert cara is not None
    about = {"firm_id": acme.firm_id, "connection": acme}
    ticket = Ticket.objects.create(
        **about,
        number=1,
        subject="Jobs of October stand without a date",
        text="Five jobs have no date, so nobody plans them. Shall we go through them together?",
        priority=TicketPriority.NORMAL,
        created_by=mia,
        created_at=now - timedelta(days=3),
        due_at=now - timedelta(hours=20) + ANSWER_WITHIN[TicketPriority.NORMAL],
        key=uuid4(),
    )
    said = (
        (2, mia, False, "Two of them look finished. Can they be closed?"),
        (0, cara, True, "Yes, those two. The others are for December: how do I date them?"),
    )
    for days, author, is_client, text in said:
        at = now - timedelta(days=days, hours=20)
        facts = {"author": author, "is_client": is_client, "text": text, "created_at": at}
        TicketReply.objects.create(**about, ticket=ticket, key=uuid4(), **facts)
