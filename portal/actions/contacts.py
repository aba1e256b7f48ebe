"""Contacts of a client: adding and editing them, and what each of them may do (F-149…F-152a)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction

from clients.actions.connections import refresh_search_text
from clients.actions.events import record
from clients.actions.judging import lock_connections, refuse_unless
from clients.contact_rules import CLIENT_ADMIN, FILES, FINANCIAL, TAX
from clients.models import Connection, Contact, ContactAccess, EventKind, Tag, TeamAssignment
from clients.permissions import MANAGE_CONTACTS, connection_rules
from clients.roles import ConnectionStatus
from practice import clock
from practice.actions.limits import lock_rights, standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.permissions import Verdict
from practice.text import fold, tidy

PERMISSIONS = {  # column → in words
    "is_client_admin": CLIENT_ADMIN,
    "has_tax": TAX,
    "has_financial": FINANCIAL,
    "has_files": FILES,
}
NOT_SEEN = "You no longer see this client."
GONE = "This person is no contact of the client any more."
IS_HERE = "{} is a contact of this client already."
IS_KNOWN = (
    "A contact with this address exists at your firm already, and an address is one contact’s."
    " An admin gives them access to this client in Practice Settings > Client Portal >"
    " All Contacts, in the “Client(s)” column."
)
SHARED = (
    "This person is a contact of other clients too, where you do not manage contacts. Here you can"
    " change what they may do at this client; name, email and phone belong to all of them."
)


class AddressKnown(Refused):
    """The firm has a contact with this address (F-150, C34)."""


@dataclass(frozen=True)
class Person:
    """Who somebody is, the same at all of their clients."""

    name: str
    email: str
    phone: str = ""

    @classmethod
    def of(cls, name: str, email: str, phone: str) -> "Person":
        return cls(tidy(name), email.strip(), tidy(phone))

    @property
    def columns(self) -> dict[str, str]:
        return {
            "name": self.name,
            "email": self.email,
            "email_key": fold(self.email),
            "phone": self.phone,
        }


@transaction.atomic
def add_contact(
    connection: Connection,
    *,
    by: User,
    name: str,
    email: str,
    phone: str = "",
    permissions: Collection[str] = (),
) -> ContactAccess:
    """A person at the client, with those of the four permissions (columns). Nobody is told (F-149).

    Raises `AddressKnown` where the firm has the address, at this client or another.
    """
    lock_rights(connection.firm_id)
    connection = lock_manageable(connection, by)
    person = Person.of(name, email, phone)
    refuse_known(connection, person.email)
    with because("Added a contact of the client.", by=by):
        access = create_access(connection, person, permissions)
    says = f"{by} added a contact, {permission_words(access)}"
    record(connection, EventKind.ACCESS, says, by=by)
    return access


def create_access(
    connection: Connection, person: Person, permissions: Collection[str]
) -> ContactAccess:
    try:
        with transaction.atomic():
            contact = Contact.objects.create(firm_id=connection.firm_id, **person.columns)
    except IntegrityError:  # somebody entered the address elsewhere meanwhile
        raise AddressKnown(IS_KNOWN) from None
    return ContactAccess.objects.create(
        firm_id=connection.firm_id,
        connection=connection,
        contact=contact,
        **ticked(permissions),
    )


def lock_manageable(connection: Connection, by: User) -> Connection:
    """The client, locked. Raises `Refused` unless the person manages its contacts now."""
    [row] = lock_connections(connection.firm_id, [connection.pk])
    refuse_unless(row, MANAGE_CONTACTS, by, unseen=NOT_SEEN)
    return row


def refuse_known(connection: Connection, email: str, *, but: Contact | None = None) -> None:
    known = Contact.objects.filter(firm_id=connection.firm_id, email_key=fold(email))
    found = known.first()
    if found is None or found == but:
        return
    if ContactAccess.objects.filter(contact=found, connection=connection).exists():
        raise AddressKnown(IS_HERE.format(found))
    raise AddressKnown(IS_KNOWN)


def ticked(permissions: Collection[str]) -> dict[str, bool]:
    """The four columns: Client admin is all of them, whatever else was ticked (F-151a, C11)."""
    is_admin = "is_client_admin" in permissions
    return {column: is_admin or column in permissions for column in PERMISSIONS}


def permission_words(access: ContactAccess) -> str:
    names = access.permission_names
    return f"with {' and '.join(names)}" if names else "without contact permissions"


@transaction.atomic
def edit_contact(
    access: ContactAccess,
    *,
    by: User,
    name: str,
    email: str,
    phone: str,
    permissions: Collection[str],
) -> ContactAccess:
    """Change who the person is, and what they may do at this client.

    Who they are is the same at all of their clients, so it takes the right at each. Another address
    is another person until it has been proven: what hung on the old one ends.
    """
    access, others = lock_access(access, by)
    person = Person.of(name, email, phone)
    contact = access.contact
    change = {key: new for key, new in person.columns.items() if getattr(contact, key) != new}
    if change and lacking(others, by):
        raise Refused(SHARED)
    if "email_key" in change:
        refuse_known(access.connection, person.email, but=contact)
    with because("Edited a contact of the client.", by=by):
        if change:
            save_person(contact, change, [access.connection, *others])
        save_ticks(access, permissions, by=by)
    return access


def save_person(contact: Contact, change: dict[str, Any], clients: Sequence[Connection]) -> None:
    if "email_key" in change:
        change |= {"user": None, "invited_at": None}
    for column, value in change.items():
        setattr(contact, column, value)
    contact.save(update_fields=list(change))
    retell_primary(contact, clients)


def save_ticks(access: ContactAccess, permissions: Collection[str], *, by: User) -> None:
    wanted = ticked(permissions)
    if all(getattr(access, column) == value for column, value in wanted.items()):
        return
    for column, value in wanted.items():
        setattr(access, column, value)
    access.save(update_fields=list(wanted))
    says = f"{by} changed what a contact may do: now {permission_words(access)}"
    record(access.connection, EventKind.ACCESS, says, by=by)


def lock_access(access: ContactAccess, by: User) -> tuple[ContactAccess, list[Connection]]:
    """The row with its contact, and the other clients of the person, all locked.

    Firm, then clients in order, then the contact. Raises `Refused` unless `by` manages the contacts
    of the access's own client now, or when it is gone.
    """
    lock_rights(access.firm_id)
    clients = lock_clients_of(access.contact)
    contact = Contact.objects.select_for_update().get(pk=access.contact_id)
    row = ContactAccess.objects.select_for_update().filter(pk=access.pk).first()
    here = next((each for each in clients if row and each.pk == row.connection_id), None)
    if row is None or here is None:
        raise Refused(GONE)
    refuse_unless(here, MANAGE_CONTACTS, by, unseen=NOT_SEEN)
    row.contact, row.connection = contact, here
    return row, [each for each in clients if each is not here]


def lock_clients_of(contact: Contact) -> list[Connection]:
    """In the order of their ids. The caller holds the firm's lock."""
    rows = ContactAccess.objects.filter(contact=contact)
    return lock_connections(contact.firm_id, rows.values_list("connection_id", flat=True))


def lacking(clients: Iterable[Connection], by: User) -> list[Connection]:
    """Those at which the person does not manage contacts, whatever state the client is in."""
    rows = list(clients)
    if not rows:
        return []
    standing = standing_now(by, rows[0].firm_id)
    ties = TeamAssignment.objects.of(standing.user_id, standing.firm_id)
    tied = ties.filter(content_object_id__in=[row.pk for row in rows]).order_by()
    roles = dict(tied.values_list("content_object_id", "role"))
    found = []
    for row in rows:
        row.remember_tie(standing, roles.get(row.pk))
        facts = replace(row.facts_for(standing), status=ConnectionStatus.ACTIVE)
        if not Verdict.of(connection_rules(standing, facts, MANAGE_CONTACTS)).allowed:
            found.append(row)
    return found


def retell_primary(contact: Contact, clients: Sequence[Connection]) -> None:
    """Keep the line of the clients whose primary contact this is in step with it."""
    rows = ContactAccess.objects.filter(contact=contact, is_primary=True, connection__in=clients)
    told = set(rows.values_list("connection_id", flat=True))
    for row in clients:
        if row.pk in told:
            retell(row, contact.name, contact.email)


def retell(connection: Connection, name: str, email: str) -> None:
    """The client's own line about its primary contact, and what the list finds it by."""
    connection.contact_name, connection.contact_email = name, email
    connection.version += 1
    refresh_search_text(connection, Tag.objects.filter(pk__in=connection.tag_ids))
    connection.save(update_fields=["contact_name", "contact_email", "version", "search_text"])


@transaction.atomic
def remove_contact(access: ContactAccess, *, by: User) -> ContactAccess:
    """ "Remove from this client": the gentle sibling of deleting (F-154e, C19).

    The person keeps their other clients; at this one it counts from the next click.
    """
    access, _ = lock_access(access, by)
    with because("Removed a contact from the client.", by=by):
        end_access(access)
    record(access.connection, EventKind.ACCESS, f"{by} removed a contact from the client", by=by)
    return access


def end_access(access: ContactAccess) -> None:
    if access.is_primary:
        retell(access.connection, "", "")
    ContactAccess.objects.filter(pk=access.pk).delete()


@transaction.atomic
def block_contact(access: ContactAccess, *, by: User, is_blocked: bool = True) -> ContactAccess:
    """Close the client to the person, or open it again; nothing else is lost (F-152a)."""
    access, _ = lock_access(access, by)
    if bool(access.blocked_at) == is_blocked:
        return access
    access.blocked_at = clock.now() if is_blocked else None
    did = "blocked" if is_blocked else "unblocked"
    with because(f"{did.capitalize()} a contact of the client.", by=by):
        access.save(update_fields=["blocked_at"])
    record(access.connection, EventKind.ACCESS, f"{by} {did} a contact of the client", by=by)
    return access
