"""Who at the firm may open a client's account, and the visits that follow."""

from django.db import transaction

from clients.actions.assignments import assign_people, running_tie
from clients.actions.events import note_activity, record
from clients.actions.judging import refuse_unless
from clients.actions.ledger import record_opening
from clients.actions.limits import Giver
from clients.actions.places import lock_clients
from clients.models import AccessVisit, Connection, EventKind, LedgerPage, TeamAssignment
from clients.permissions import OPEN_ACCOUNT
from clients.roles import ClientRole
from practice import clock
from practice.models import User


@transaction.atomic
def set_up_access(connection: Connection, *, by: User) -> TeamAssignment:
    """Assign oneself to a client that one may manage, in the widest role one may give (F-039)."""
    own = TeamAssignment.objects.of(by.pk, connection.firm_id).filter(content_object=connection)
    tie: TeamAssignment | None = own.first()
    if tie:
        return tie
    [locked] = lock_clients([connection.pk])
    roles = Giver.of(by, [locked]).roles(locked)
    role = roles[0] if roles else ClientRole.FULL  # refused, with the reason
    assign_people([locked.pk], {by.pk: role}, by=by, reason="Set up access")
    return running_tie(connection, by)


@transaction.atomic
def open_account(connection: Connection, *, by: User) -> Connection:
    """Go into the client's account: the visit is on record and renews the access (C14).

    Raises `Refused` when the client disabled the access or it expired, or the person's own ended.
    """
    connection = lock_to_open(connection, by)
    visited_at = clock.now()
    AccessVisit.objects.create(
        firm_id=connection.firm_id, connection=connection, user=by, at=visited_at
    )
    connection.last_accessed_at = visited_at
    connection.save(update_fields=["last_accessed_at"])
    note_activity(connection, visited_at)
    record(connection, EventKind.OPENED, f"{by} opened the client's account", by=by)
    record_opening(connection, LedgerPage.ACCOUNT, by=by, permission=OPEN_ACCOUNT)
    return connection


def lock_to_open(connection: Connection, by: User) -> Connection:
    row = Connection.objects.locked(connection.pk)
    row.branch = connection.branch
    refuse_unless(row, OPEN_ACCOUNT, by)
    return row
