"""Whose contact a person is: one client or several, by an admin of all of them (F-153a, S2.28)."""

from collections.abc import Collection, Iterable, Sequence

from django.db import transaction

from clients.actions.events import record_many
from clients.actions.judging import UNKNOWN, judge, lock_connections
from clients.models import Connection, Contact, ContactAccess, EventKind
from clients.permissions import MANAGE_CONTACTS
from portal.actions.contacts import end_access, lacking, ticked
from practice.actions.limits import lock_rights, standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.permissions import Standing

DELETED = "This contact was deleted."
NOT_ADMIN = (
    "Only an admin of all of a contact’s clients says which clients these are. This contact has, or"
    " would have, clients on branches where your role lacks “Manage Contacts”."
)
REASON = "Changed which clients a contact belongs to."


@transaction.atomic
def set_clients(
    contact: Contact,
    *,
    by: User,
    added: Collection[int],
    removed: Collection[int],
    permissions: Collection[str] = (),
) -> Contact:
    """Give the person clients, with these permissions (columns) at each, and take others away.

    Raises `Refused` unless `by` manages contacts, by role, on the branch of every client of theirs.
    """
    lock_rights(contact.firm_id)
    held = ContactAccess.objects.filter(contact=contact)
    present = set(held.values_list("connection_id", flat=True))
    rows = lock_connections(contact.firm_id, present.union(added, removed))
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if contact.deleted_at:
        raise Refused(DELETED)
    come = [row for row in rows if row.pk in added]
    if len(come) != len(set(added)):
        raise Refused(UNKNOWN)
    going = [row for row in rows if row.pk in present.intersection(removed)]
    refuse_others(rows, come, going, by)
    with because(REASON, by=by):
        give(contact, [row for row in come if row.pk not in present], permissions, by)
        take(contact, going, by)
    return contact


def refuse_others(
    rows: Sequence[Connection],
    come: Sequence[Connection],
    going: Iterable[Connection],
    by: User,
) -> None:
    standing = standing_now(by, rows[0].firm_id) if rows else None
    if standing is None:
        return
    if not all(standing.holds(MANAGE_CONTACTS, row.branch_id) for row in rows):
        raise Refused(NOT_ADMIN)
    if lacking(going, by):
        raise Refused(UNKNOWN)
    refuse_closed(come, standing)


def refuse_closed(come: Sequence[Connection], standing: Standing) -> None:
    """Clients that the person does not see, or that nobody changes now."""
    judged = judge(come, MANAGE_CONTACTS, standing)
    for row in come:
        if row.pk not in judged:
            raise Refused(UNKNOWN)
        verdict = judged[row.pk][1]
        if not verdict.allowed:
            raise Refused(f"{row.name}: {verdict.reason}")


def give(
    contact: Contact, come: Sequence[Connection], permissions: Collection[str], by: User
) -> None:
    columns = ticked(permissions)
    ContactAccess.objects.bulk_create(
        ContactAccess(firm_id=row.firm_id, connection=row, contact=contact, **columns)
        for row in come
    )
    record_many(come, EventKind.ACCESS, f"{by} added a contact of another client", by=by)


def take(contact: Contact, going: Sequence[Connection], by: User) -> None:
    by_id = {row.pk: row for row in going}
    for access in ContactAccess.objects.filter(contact=contact, connection__in=going):
        access.connection = by_id[access.connection_id]
        end_access(access)
    record_many(going, EventKind.ACCESS, f"{by} removed a contact from the client", by=by)
