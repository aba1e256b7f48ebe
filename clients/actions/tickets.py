"""Opening a ticket on behalf of a client or as its owner, answering it from both sides, closing it
(F-136, F-147)."""

from uuid import UUID

from django.db import transaction
from django.db.models import Max

from clients.actions.correspondence import keep_messages, lock_writable
from clients.actions.endings import lock_accounts, mail_firm, owned
from clients.actions.events import note_activity, record
from clients.models import Connection, EventKind, TeamAssignment, Ticket, TicketReply
from clients.models.tickets import ANSWER_WITHIN, TicketPriority
from practice import clock, tenancy
from practice.actions.limits import lock_rights
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.text import tidy

IS_CLOSED = "This ticket is closed. Your accountant can open it again."
CLOSED_HERE = "This ticket is closed. Reopen it to answer."


@transaction.atomic
def create_ticket(
    connection: Connection, *, by: User, subject: str, text: str, priority: str, key: UUID
) -> Ticket:
    """The next number of the firm, a time by which to answer, and a mail to the account's owner.

    With the same `key` a second click changes nothing. Raises `Refused` where `by` may not change
    the client any more.
    """
    lock_rights(connection.firm_id)  # numbers are once per firm
    connection = lock_writable(connection, by)
    if earlier := Ticket.objects.filter(firm_id=connection.firm_id, key=key).first():
        return earlier
    now, urgency = clock.now(), TicketPriority(priority)
    ticket = Ticket(
        firm_id=connection.firm_id,
        connection=connection,
        number=next_number(connection.firm_id),
        subject=tidy(subject),
        text=text.strip(),
        priority=urgency,
        created_by=by,
        created_at=now,
        due_at=now + ANSWER_WITHIN[urgency],
        key=key,
    )
    with because("Created a ticket on behalf of the client.", by=by):
        ticket.save(force_insert=True)
    record(connection, EventKind.MESSAGE, f"{by} created ticket {ticket.number}", by=by)
    tell_owner(ticket, by, "created", f"ticket:{ticket.pk}:created")
    return ticket


@transaction.atomic
def write_to_firm(
    connection: Connection, *, by: User, subject: str, text: str, key: UUID
) -> Ticket:
    """The account's owner begins: a ticket at the firm, and a mail to who is assigned (F-147).

    With the same `key` a second click changes nothing. Raises `Refused` for others, and where the
    relationship has ended.
    """
    with tenancy.as_system():  # the owner is not part of the firm
        firm_id = Connection.objects.values_list("firm_id", flat=True).get(pk=connection.pk)
        lock_rights(firm_id)  # numbers are once per firm
        lock_accounts([connection.pk])
        row = owned(connection.pk, by)
        if earlier := Ticket.objects.filter(connection=row, key=key).first():
            return earlier
        now = clock.now()
        ticket = Ticket(
            firm_id=firm_id,
            connection=row,
            number=next_number(firm_id),
            subject=tidy(subject),
            text=text.strip(),
            priority=TicketPriority.NORMAL,
            created_by=by,
            is_client=True,
            created_at=now,
            due_at=now + ANSWER_WITHIN[TicketPriority.NORMAL],
            key=key,
        )
        with because("The client wrote to the firm.", by=by):
            ticket.save(force_insert=True)
        record(row, EventKind.MESSAGE, f"{by} wrote: ticket {ticket.number}", by=by)
        note_activity(row)
        tell_firm(ticket, by, "clients/ticket_from_client", f"ticket:{ticket.pk}:written")
    return ticket


def next_number(firm_id: int) -> int:
    """One above the highest; the firm is locked."""
    highest = Ticket.objects.filter(firm_id=firm_id).aggregate(highest=Max("number"))["highest"]
    return int(highest or 0) + 1


@transaction.atomic
def answer_ticket(ticket: Ticket, *, by: User, text: str, key: UUID) -> TicketReply:
    """The firm answers, so it is the client's turn; the account's owner is told by mail."""
    ticket = lock_ticket(ticket, by)
    if earlier := ticket.replies.filter(key=key).first():
        return earlier
    if not ticket.is_open:
        raise Refused(CLOSED_HERE)
    reply = write_reply(ticket, by, text, key, is_client=False)
    if ticket.due_at:
        ticket.due_at = None
        with because("Answered a ticket.", by=by):
            ticket.save(update_fields=["due_at"])
    tell_owner(ticket, by, "answered", f"ticket-reply:{reply.pk}")
    return reply


@transaction.atomic
def answer_as_owner(ticket: Ticket, *, by: User, text: str, key: UUID) -> TicketReply:
    """The account's owner writes: the firm owes an answer again, and is told by mail.

    Raises `Refused` for others, where the relationship has ended, and under a closed ticket.
    """
    with tenancy.as_system():  # the owner is not part of the firm
        lock_accounts([ticket.connection_id])
        connection = owned(ticket.connection_id, by)
        ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
        if earlier := ticket.replies.filter(key=key).first():
            return earlier
        if not ticket.is_open:
            raise Refused(IS_CLOSED)
        ticket.connection = connection
        reply = write_reply(ticket, by, text, key, is_client=True)
        if ticket.due_at is None:
            ticket.due_at = clock.now() + ANSWER_WITHIN[TicketPriority(ticket.priority)]
            with because("The client wrote under a ticket.", by=by):
                ticket.save(update_fields=["due_at"])
        note_activity(connection)
        tell_firm(ticket, by, "clients/ticket_firm", f"ticket-reply:{reply.pk}")
    return reply


@transaction.atomic
def close_ticket(ticket: Ticket, *, by: User) -> Ticket:
    """A second click changes nothing."""
    ticket = lock_ticket(ticket, by)
    if ticket.is_open:
        ticket.closed_at, ticket.closed_by = clock.now(), by
        with because("Closed a ticket.", by=by):
            ticket.save(update_fields=["closed_at", "closed_by"])
        record(ticket.connection, EventKind.MESSAGE, f"{by} closed ticket {ticket.number}", by=by)
    return ticket


@transaction.atomic
def reopen_ticket(ticket: Ticket, *, by: User) -> Ticket:
    """The firm owes an answer from now on."""
    ticket = lock_ticket(ticket, by)
    if not ticket.is_open:
        ticket.closed_at = ticket.closed_by = None
        ticket.due_at = clock.now() + ANSWER_WITHIN[TicketPriority(ticket.priority)]
        with because("Opened a ticket again.", by=by):
            ticket.save(update_fields=["closed_at", "closed_by", "due_at"])
        record(ticket.connection, EventKind.MESSAGE, f"{by} reopened ticket {ticket.number}", by=by)
    return ticket


def lock_ticket(ticket: Ticket, by: User) -> Ticket:
    """The client first, then the ticket. Raises `Refused` unless `by` may change the client."""
    connection = lock_writable(ticket.connection, by)
    ticket = Ticket.objects.select_for_update().get(pk=ticket.pk)
    ticket.connection = connection
    return ticket


def write_reply(ticket: Ticket, by: User, text: str, key: UUID, *, is_client: bool) -> TicketReply:
    reply = TicketReply.objects.create(
        firm_id=ticket.firm_id,
        connection_id=ticket.connection_id,
        ticket=ticket,
        author=by,
        is_client=is_client,
        text=text.strip(),
        key=key,
    )
    says = f"{by} answered ticket {ticket.number}"
    record(ticket.connection, EventKind.MESSAGE, says, by=by)
    return reply


def tell_owner(ticket: Ticket, by: User, did: str, key: str) -> None:
    """Without the words of the ticket: those are read after signing in."""
    connection = ticket.connection
    owner = connection.account.owner
    if owner is None:
        return
    words = {"account_id": connection.account_id, "ticket_id": ticket.pk}
    link = site_link("clients:company-ticket", **words)
    message = post_mail(
        "clients/ticket_client",
        key=key,
        recipient=owner.email,
        firm=connection.firm,
        ticket=ticket,
        owner=owner,
        by=by,
        did=did,
        link=link,
    )
    keep_messages([message], [connection], by=by)


def tell_firm(ticket: Ticket, by: User, template: str, key: str) -> None:
    """A mail to each who is assigned, and to the branch."""
    connection = ticket.connection
    ties = TeamAssignment.objects.running().filter(content_object=connection)
    people = [tie.user for tie in ties.select_related("user").order_by("pk")]
    words = {"firm_slug": connection.firm.slug, "connection_id": connection.pk}
    link = site_link("clients:ticket", **words, ticket_id=ticket.pk)
    mail_firm(template, connection, people, key=key, ticket=ticket, by=by, link=link)
