"""The firm asks the owner of an account for access, and what becomes of the question (F-143)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from clients.actions.access_expiry import note_if_expired
from clients.actions.correspondence import keep_messages, lock_writable
from clients.actions.events import record
from clients.models import (
    AccessRequest,
    AssignmentRequest,
    Connection,
    EventKind,
    RequestState,
)
from clients.roles import AccessStatus
from practice import clock
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.text import tidy

IS_ACTIVE = "Your firm’s access to this account is active: there is nothing to ask for."
IS_OPEN = "Your firm has asked already. The request waits for the client’s answer."
NO_OWNER = "Nobody owns this account yet, so nobody could answer. Hand the account over first."


@transaction.atomic
def request_access(connection: Connection, *, by: User, reason: str, key: UUID) -> AccessRequest:
    """The status is Requested until the owner answers, who is told by mail.

    With the same `key` a second click changes nothing. Raises `Refused` while the access is active
    or asked for, where nobody owns the account, and where `by` may not change the client.
    """
    row = lock_writable(connection, by)
    if earlier := AccessRequest.objects.filter(connection=row, key=key).first():
        return earlier
    if row.access_status == AccessStatus.ACTIVE:
        raise Refused(IS_ACTIVE)
    if row.access_requested_at:
        raise Refused(IS_OPEN)
    if row.account.owner is None:
        raise Refused(NO_OWNER)
    note_if_expired(row)
    asked = AccessRequest(
        firm_id=row.firm_id,
        connection=row,
        reason=tidy(reason),
        asked_by=by,
        asked_at=clock.now(),
        key=key,
    )
    row.access_requested_at = asked.asked_at
    with because("Asked the client for access to its account.", by=by):
        asked.save(force_insert=True)
        row.save(update_fields=["access_requested_at"])
    record(row, EventKind.ACCESS, f"{by} asked the client for access", by=by)
    tell_owner(asked, row.account.owner)
    return asked


def tell_owner(asked: AccessRequest, owner: User) -> None:
    row = asked.connection
    message = post_mail(
        "clients/access_requested",
        key=f"access-request:{asked.pk}",
        recipient=owner.email,
        firm=row.firm,
        connection=row,
        owner=owner,
        asked=asked,
        link=site_link("clients:company-staff", account_id=row.account_id),
    )
    keep_messages([message], [row], by=asked.asked_by)


def answer_request(row: Connection, state: RequestState, *, by: User) -> None:
    """What the firm asked is answered, if it did; in the caller's transaction and cause."""
    waiting = AccessRequest.objects.open().filter(connection=row)
    waiting.update(state=state, answered_by=by, answered_at=clock.now())


def close_requests(rows: Sequence[Connection], *, by: User, at: datetime) -> None:
    """The relationships ended, so nobody need answer; in the caller's transaction and cause."""
    for model in (AccessRequest, AssignmentRequest):
        waiting = model.objects.open().filter(connection__in=rows)
        waiting.update(state=RequestState.CLOSED, answered_by=by, answered_at=at)
