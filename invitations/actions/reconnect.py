"""Asking a client back whose relationship ended, and taking it back (F-080, F-080c, F-081).

The locks are account, client, invitation, in this order: what is asked, cancelled, answered and
overdue at the same moment has one outcome.
"""

from django.db import transaction

from clients.actions.reconnections import (
    await_client,
    give_up,
    locked_client,
    refuse_closed_branch,
    refuse_second,
    refuse_unless_may_return,
    why_closed,
)
from clients.models import Connection
from clients.roles import BillingModel, ConnectionStatus
from invitations.actions.closing import close
from invitations.emails import reconnect_words
from invitations.models import ReconnectInvitation
from invitations.roles import InvitationStatus, ReconnectKind
from practice.actions.outbox import post_mail
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.tenancy import as_system

BATCH = 500
WAITS = "An invitation to this client waits for an answer already. Cancel it first."
NO_ADDRESS = "There is no address to write to: the account has no owner, the client no contact."
NOT_ENDED = "This client is not disconnected."
NONE_WAITS = "No invitation to this client waits for an answer."
INSTEAD = "Generate a new invitation link instead."
NOT_ANSWERED = "The client did not answer within seven days: disconnected as before"


@transaction.atomic
def ask_back(connection: Connection, *, by: User) -> ReconnectInvitation:
    """Mail the client an invitation to take the relationship up again; it waits seven days."""
    with as_system():
        row = locked_client(connection.pk)
        refuse_unless_may_return(row, by)
        with because("Asked the client to reconnect.", by=by):
            free(row)
            if says := why_closed(row):
                raise Refused(f"{says} {INSTEAD}")
            invitation = ReconnectInvitation(
                firm_id=row.firm_id,
                connection=row,
                kind=ReconnectKind.RECONNECT,
                email=address_of(row),
                invited_by=by,
            )
            await_client(row, by=by)
            invitation.save(force_insert=True)
        return send(invitation)


@transaction.atomic
def offer_anew(
    connection: Connection, billing_model: BillingModel, *, by: User
) -> ReconnectInvitation:
    """A link to hand over: who accepts begins a fresh connection. Nothing is mailed (C7)."""
    with as_system():
        row = locked_client(connection.pk)
        refuse_unless_may_return(row, by)
        with because("Generated a new invitation link for the client.", by=by):
            free(row)
            refuse_closed_branch(row)
            refuse_second(row, row.account_id)
            return link_for(row, billing_model, by)


def offer_after_transfer(connection: Connection, *, started_by: User | None) -> None:
    """The client now pays for itself: the Client Pays link that belongs to the transfer (F-084)."""
    with because("Ownership was transferred; the client may connect anew, paying itself."):
        link_for(connection, BillingModel.CLIENT_PAYS, started_by)


def link_for(row: Connection, billing_model: str, by: User | None) -> ReconnectInvitation:
    return ReconnectInvitation.objects.create(
        firm_id=row.firm_id,
        connection=row,
        kind=ReconnectKind.NEW_LINK,
        billing_model=billing_model,
        invited_by=by,
    )


@transaction.atomic
def cancel_reconnection(connection: Connection, *, by: User) -> ReconnectInvitation:
    """The link is void from now on, and the client disconnected as before."""
    with as_system():
        row = locked_client(connection.pk)
        refuse_unless_may_return(row, by)
        invitation = waiting_for(row)
        if invitation is None or not invitation.is_pending:
            raise Refused(NONE_WAITS)
        with because("Cancelled the invitation to the client.", by=by):
            close(invitation, InvitationStatus.CANCELLED)
            if row.status == ConnectionStatus.RECONNECTING:
                give_up(row, f"{by} cancelled the reconnection", by=by)
        return invitation


def free(row: Connection) -> None:
    """The client is disconnected and nothing waits; what the clock ended is written down first."""
    waiting = waiting_for(row)
    if waiting and waiting.is_pending:
        raise Refused(WAITS)
    if waiting:
        ReconnectInvitation.objects.filter(pk=waiting.pk).update(status=InvitationStatus.EXPIRED)
    if row.status == ConnectionStatus.RECONNECTING:
        give_up(row, NOT_ANSWERED)
    if row.status != ConnectionStatus.DISCONNECTED:
        raise Refused(NOT_ENDED)


def waiting_for(row: Connection) -> ReconnectInvitation | None:
    """The one that is not closed yet, locked; it may be overdue."""
    rows = ReconnectInvitation.objects.filter(connection=row, status=InvitationStatus.PENDING)
    return rows.select_for_update().first()


def address_of(row: Connection) -> str:
    """The account's owner, else the primary contact. Raises `Refused` where there is neither."""
    email = row.account.owner.email if row.account.owner else row.contact_email
    if not email:
        raise Refused(f"{NO_ADDRESS} {INSTEAD}")
    return email


def send(invitation: ReconnectInvitation) -> ReconnectInvitation:
    post_mail(
        "invitations/reconnect",
        key=f"reconnect:{invitation.pk}:{invitation.nonce}",
        recipient=invitation.email,
        firm=invitation.connection.firm,
        **reconnect_words(invitation),
    )
    return invitation


def expire_due() -> int:
    """Close what nobody answered; those clients are disconnected again. How many there were.

    Clients that somebody else has locked wait for the next time.
    """
    total = 0
    while True:
        with as_system(), because("The client did not answer within seven days."):
            closed = expire_some()
        total += closed
        if closed < BATCH:
            return total


def expire_some() -> int:
    overdue = ReconnectInvitation.objects.overdue().order_by().values("connection_id")
    rows = Connection.objects.filter(pk__in=overdue).order_by("pk")
    locked = list(rows.select_for_update(skip_locked=True)[:BATCH])
    ids = [row.pk for row in locked]
    ReconnectInvitation.objects.overdue().filter(connection_id__in=ids).update(
        status=InvitationStatus.EXPIRED
    )
    for row in locked:
        if row.status == ConnectionStatus.RECONNECTING:
            give_up(row, NOT_ANSWERED)
    return len(locked)
