"""Closing a client to everybody but Super Admins and named people (F-060)."""

from django.db import transaction

from clients.actions.events import record
from clients.models import Connection, EventKind
from clients.permissions import UPDATE_ACCESS
from practice.actions.limits import standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.permissions import Standing, Verdict

ASSIGN_FIRST = (
    "Assign yourself to this client first: once it is restricted, only Super Admins and the people"
    " named in Team Assignments see it."
)


@transaction.atomic
def restrict_connection(
    connection: Connection, *, by: User, reason: str, is_restricted: bool = True
) -> Connection:
    """Restrict a client, or open it again. Raises `Refused` for who would shut themselves out."""
    connection = Connection.objects.locked(connection.pk)
    standing = standing_now(by, connection.firm_id)
    verdict = Verdict.of(connection.rules(standing, UPDATE_ACCESS))
    if not verdict.allowed:
        raise Refused(verdict.reason)
    if is_restricted and not keeps_sight(connection, standing):
        raise Refused(ASSIGN_FIRST)
    if connection.is_restricted == is_restricted:
        return connection
    connection.is_restricted = is_restricted
    with because(reason, by=by):
        connection.save(update_fields=["is_restricted"])
    did = "restricted the client to named people" if is_restricted else "lifted the restriction"
    record(connection, EventKind.ACCESS, f"{by} {did} — “{reason}”"[:400], by=by)
    return connection


def keeps_sight(connection: Connection, standing: Standing) -> bool:
    return standing.is_super_admin or connection.tie_role_of(standing) is not None
