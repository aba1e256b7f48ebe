"""The owner of an account closes it to a firm that stays connected, opens it again, and answers
what the firm asks for (F-218, F-143…F-145)."""

from django.db import transaction

from clients.actions.access_expiry import note_if_expired
from clients.actions.access_requests import answer_request
from clients.actions.endings import lock_accounts, mail_firm, owned
from clients.actions.events import record
from clients.models import Connection, EventKind, RequestState, TeamAssignment
from clients.roles import AccessStatus
from practice import clock, tenancy
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import User

IS_DISABLED = "The firm’s access is disabled already."
IS_ACTIVE = "The firm’s access is active already."
NOT_ASKED = "The firm does not ask for access any more."


@transaction.atomic
def disable_access(connection: Connection, *, by: User) -> Connection:
    """From the next click on nobody at the firm opens the account; the connection stays."""
    with tenancy.as_system():  # the owner is not part of the firm
        row = locked(connection, by)
        if row.access_status == AccessStatus.DISABLED:
            raise Refused(IS_DISABLED)
        row.access_disabled_at, row.access_requested_at = clock.now(), None
        with because("The client disabled the firm’s access to its account.", by=by):
            row.save(update_fields=["access_disabled_at", "access_requested_at"])
            answer_request(row, RequestState.DECLINED, by=by)
        tell(row, by, "disabled")
    return row


@transaction.atomic
def reinstate_access(connection: Connection, *, by: User) -> Connection:
    """Also after it expired, and where the firm asks for it; for sixty days from now (C14)."""
    with tenancy.as_system():
        row = locked(connection, by)
        if row.access_status == AccessStatus.ACTIVE:
            raise Refused(IS_ACTIVE)
        note_if_expired(row)
        row.access_disabled_at = row.access_requested_at = row.access_expired_for = None
        row.last_accessed_at = clock.now()
        changed = ["access_disabled_at", "access_requested_at", "access_expired_for"]
        with because("The client reinstated the firm’s access to its account.", by=by):
            row.save(update_fields=[*changed, "last_accessed_at"])
            answer_request(row, RequestState.GRANTED, by=by)
        tell(row, by, "reinstated")
    return row


@transaction.atomic
def decline_access(connection: Connection, *, by: User) -> Connection:
    """The access stays as it was before the firm asked, and the firm may ask again."""
    with tenancy.as_system():
        row = locked(connection, by)
        if not row.access_requested_at:
            raise Refused(NOT_ASKED)
        row.access_requested_at = None
        with because("The client declined the firm’s request for access.", by=by):
            row.save(update_fields=["access_requested_at"])
            answer_request(row, RequestState.DECLINED, by=by)
        tell(row, by, "declined")
    return row


def locked(connection: Connection, by: User) -> Connection:
    lock_accounts([connection.pk])
    return owned(connection.pk, by)


def tell(row: Connection, by: User, did: str) -> None:
    """A line on the timeline, and a mail to the branch and each who is assigned."""
    what = "request for access" if did == "declined" else "access"
    says = f"{by}, the owner of the account, {did} the firm’s {what}"
    event = record(row, EventKind.ACCESS, says, by=by)
    ties = TeamAssignment.objects.running().filter(content_object=row).select_related("user")
    people = [tie.user for tie in ties.order_by("pk")]
    link = site_link("clients:client-detail", firm_slug=row.firm.slug, connection_id=row.pk)
    key = f"firm-access:{event.pk}"
    mail_firm("clients/firm_access", row, people, key=key, did=did, link=link)
