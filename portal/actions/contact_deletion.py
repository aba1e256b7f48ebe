"""Deleting a contact everywhere, with all that it ends (F-154…F-154e, C18, C19)."""

from django.db import connection as database
from django.db import transaction

from clients.actions.events import record_many
from clients.models import ClientAccount, Connection, Contact, ContactAccess, EventKind
from clients.models.contacts import UNKNOWN
from portal.actions.contacts import end_access, lacking, lock_access
from portal.actions.sign_in_links import revoke_links
from practice import clock
from practice.actions.security import end_sessions
from practice.errors import Refused
from practice.history import because
from practice.models import TeamMember, User
from practice.tenancy import as_system

SHARED = (
    "This person is a contact of clients where you do not manage contacts, so you cannot delete"
    " them there. “Remove from this client” ends their access here."
)


@transaction.atomic
def delete_contact(access: ContactAccess, *, by: User) -> Contact:
    """Take the person out of the firm: access, links and login end with their next click.

    Nobody is told. What they wrote stays, as "Unknown"'s; the history keeps a number for the name.
    Raises `Refused` unless `by` manages the contacts of each of their clients.
    """
    access, others = lock_access(access, by)
    if lacking(others, by):
        raise Refused(SHARED)
    contact, clients = access.contact, [access.connection, *others]
    was = Contact(pk=contact.pk, name=contact.name, email=contact.email)
    with because("Deleted a contact of the client.", by=by):
        revoke_links(contact)
        end_accesses(contact, clients)
        user = contact.user
        make_unknown(contact)
        if user and not is_used(user):
            end_login(user)
        forget(was, clients)
    record_many(clients, EventKind.ACCESS, f"{by} deleted a contact", by=by)
    return contact


def end_accesses(contact: Contact, clients: list[Connection]) -> None:
    by_id = {row.pk: row for row in clients}
    for access in ContactAccess.objects.filter(contact=contact):
        access.connection = by_id[access.connection_id]
        end_access(access)


def make_unknown(contact: Contact) -> None:
    contact.name, contact.email, contact.email_key, contact.phone = UNKNOWN, "", "", ""
    contact.user = contact.invited_at = None
    contact.deleted_at = clock.now()
    contact.save()


def is_used(user: User) -> bool:
    """Whether the login opens anything else: work at a firm, a company, another firm's portal."""
    if user.is_staff or user.is_superuser:
        return True
    with as_system():
        return (
            TeamMember.objects.filter(user=user, is_active=True).exists()
            or ClientAccount.objects.filter(owner=user).exists()
            or Contact.objects.filter(user=user).exists()
        )


def end_login(user: User) -> None:
    """The password opens nothing any more, and links to choose another one are void (S2.34)."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_sessions(user)


def forget(was: Contact, clients: list[Connection]) -> None:
    """Take name and address out of the history, where a number stands for them from now on."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT app.forget_contact(%s, %s, %s, %s)",
            [was.pk, [row.pk for row in clients], was.name, was.email],
        )
