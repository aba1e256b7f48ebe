"""Who at the firm may open a client's account, and the visits that follow."""

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from clients.actions.events import note_activity, record
from clients.models import AccessVisit, Connection, EventKind, TeamAssignment
from clients.permissions import CLOSED_ACCESS
from clients.roles import ClientRole
from practice import clock
from practice.errors import Refused
from practice.history import because
from practice.models import User

TIE = "view_connection"  # guardian asks for a permission; the role beside it says what it gives


def tie_permission() -> Permission:
    """The one permission that guardian's row names."""
    kind = ContentType.objects.get_for_model(Connection)
    return Permission.objects.get(content_type=kind, codename=TIE)


@transaction.atomic
def set_up_access(connection: Connection, *, by: User) -> TeamAssignment:
    """Assign oneself to a client that one may manage (F-039)."""
    connection = Connection.objects.locked(connection.pk)
    with because("Set up access to the client's account.", by=by):
        tie, made = TeamAssignment.objects.get_or_create(
            user=by,
            content_object=connection,
            defaults={
                "firm_id": connection.firm_id,
                "permission": tie_permission(),
                "role": ClientRole.FULL,
                "granted_by": by,
                "reason": "Set up access",
            },
        )
    if made:
        record(connection, EventKind.ACCESS, f"{by} set up access, {ClientRole.FULL.label}", by=by)
    assigned: TeamAssignment = tie
    return assigned


@transaction.atomic
def open_account(connection: Connection, *, by: User) -> Connection:
    """Go into the client's account: the visit is on record and renews the access (C14).

    Raises `Refused` when the client disabled the access or it expired.
    """
    connection = Connection.objects.locked(connection.pk)
    refuse_closed_access(connection)
    visited_at = clock.now()
    AccessVisit.objects.create(
        firm_id=connection.firm_id, connection=connection, user=by, at=visited_at
    )
    connection.last_accessed_at = visited_at
    connection.save(update_fields=["last_accessed_at"])
    note_activity(connection, visited_at)
    record(connection, EventKind.OPENED, f"{by} opened the client's account", by=by)
    return connection


def refuse_closed_access(connection: Connection) -> None:
    closed = CLOSED_ACCESS.get(connection.access_status)
    if closed:
        raise Refused(closed)
