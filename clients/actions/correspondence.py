"""What the firm writes to the people of a client, and where it is kept (F-090…F-092c)."""

from collections.abc import Iterable, Sequence
from itertools import product
from uuid import uuid4

from django.db import transaction

from clients import permissions as p
from clients.actions.events import note_activity, record
from clients.actions.judging import refuse_unless
from clients.actions.letters import Letter, letters_for
from clients.models import ClientMessage, Connection, Contact, ContactAccess, EventKind
from clients.roles import ConnectionStatus
from practice.actions.outbox import post_messages
from practice.actions.texts import refuse_flood
from practice.errors import Refused
from practice.models import Channel, Message, User

CHOOSE = "Choose at least one recipient."
NOT_SEEN = "You no longer see this client."
NAMED = 3


@transaction.atomic
def write_to_contacts(
    connection: Connection,
    contacts: Iterable[Contact],
    *,
    by: User,
    subject: str,
    body: str,
    channel: Channel = Channel.EMAIL,
    key: str = "",
) -> list[ClientMessage]:
    """One message to each, with merge fields filled; the entries at this client.

    With the same `key` a second click changes nothing. Raises `Refused` when somebody cannot be
    reached, a merge field is unknown, or `by` may not write to the client any more.
    """
    people = sorted(contacts, key=lambda contact: contact.pk)
    if not people:
        raise Refused(CHOOSE)
    letters = letters_for(connection, people, by=by, subject=subject, body=body, channel=channel)
    key = f"client-message:{connection.pk}:{by.pk}:{key or uuid4()}"
    if channel == Channel.TEXT:
        refuse_flood(connection.firm_id, 0 if said(key, letters) else len(letters))
    connection = lock_writable(connection, by)
    refuse_strangers(connection, people)
    if earlier := said(key, letters):
        return entries(connection, earlier)
    messages = post_messages([message_of(connection, key, one, channel) for one in letters])
    for letter, message in zip(letters, messages, strict=True):
        places = places_of(letter.contact, connection)
        keep_messages([message], places, contact=letter.contact, by=by)
    record(connection, EventKind.MESSAGE, line(by, letters, channel), by=by)
    note_activity(connection)
    return entries(connection, messages)


def lock_writable(connection: Connection, by: User) -> Connection:
    """The client, locked. Raises `Refused` unless the person may write to it now."""
    row = Connection.objects.locked(connection.pk)
    row.branch = connection.branch
    refuse_unless(row, p.UPDATE_CLIENTS, by, unseen=NOT_SEEN)
    return row


def refuse_strangers(connection: Connection, people: Sequence[Contact]) -> None:
    """Whoever was taken off the client since the page was opened gets nothing."""
    known = ContactAccess.objects.filter(connection=connection, contact__in=people)
    ids = set(known.values_list("contact_id", flat=True))
    for person in people:
        if person.pk not in ids:
            raise Refused(f"{person} is no contact of {connection.name} any more.")


def said(key: str, letters: Sequence[Letter]) -> list[Message]:
    """What was written under this key already."""
    keys = [f"{key}:{letter.contact.pk}" for letter in letters]
    return list(Message.objects.filter(key__in=keys))


def message_of(connection: Connection, key: str, letter: Letter, channel: Channel) -> Message:
    return Message(
        firm_id=connection.firm_id,
        key=f"{key}:{letter.contact.pk}",
        channel=channel,
        recipient=letter.recipient,
        subject=letter.subject,
        body=letter.body,
    )


def places_of(contact: Contact, connection: Connection) -> list[Connection]:
    """Where a message to the contact stands: at each of their clients that is still one (F-090a).

    Of a restricted client nothing is told elsewhere.
    """
    if connection.is_restricted:
        return [connection]
    accesses = ContactAccess.objects.filter(contact=contact).values("connection_id")
    others = Connection.objects.filter(pk__in=accesses, firm_id=connection.firm_id)
    running = others.exclude(pk=connection.pk).exclude(status=ConnectionStatus.DISCONNECTED)
    return [connection, *running.only("pk", "firm_id").order_by("pk")]


def keep_each(
    pairs: Iterable[tuple[Message, Connection]],
    *,
    contact: Contact | None = None,
    by: User | None = None,
) -> None:
    """Enter each message in the email history of its own client; what stands there stays."""
    rows = [
        ClientMessage(
            firm_id=place.firm_id,
            connection=place,
            message=message,
            contact=contact,
            written_by=by,
        )
        for message, place in pairs
    ]
    ClientMessage.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def keep_messages(
    messages: Iterable[Message],
    connections: Iterable[Connection],
    *,
    contact: Contact | None = None,
    by: User | None = None,
) -> None:
    """Enter messages in the email history of all of these clients."""
    keep_each(product(messages, connections), contact=contact, by=by)


def entries(connection: Connection, messages: Sequence[Message]) -> list[ClientMessage]:
    rows = ClientMessage.objects.filter(connection=connection, message__in=messages)
    return list(rows.select_related("message", "contact").order_by("pk"))


def line(by: User, letters: Sequence[Letter], channel: Channel) -> str:
    """Mia wrote to Cara Baker and Tom Tucker: Year end."""
    names = [letter.contact.name for letter in letters]
    shown = names if len(names) <= NAMED else [*names[: NAMED - 1], f"{len(names) - 2} more"]
    who = " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))
    if channel == Channel.TEXT:
        return f"{by} texted {who}"
    return f"{by} wrote to {who}: {letters[0].subject}"
