"""What the client answers, by the link that it holds (F-080, F-080c, F-081).

The client belongs to no firm, so this works in the system's realm, on the one row that the link is
signed for. An account with an owner is its owner's to connect; else holding the link is enough.
"""

from django.db import transaction

from clients.actions.reconnections import Acceptance, connect_anew, locked_client, reconnect
from clients.models import Connection
from invitations.actions.closing import close
from invitations.emails import reconnected_words
from invitations.models import ReconnectInvitation
from invitations.models.links import ReconnectLink
from invitations.roles import InvitationStatus
from practice.actions.limits import lock_rights
from practice.actions.outbox import post_mail
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.tenancy import as_system

ENDED = {
    InvitationStatus.ACCEPTED: "This invitation was accepted already. It works once.",
    InvitationStatus.EXPIRED: "This invitation has expired: it was valid for seven days.",
    InvitationStatus.REJECTED: "This invitation was rejected.",
    InvitationStatus.CANCELLED: "This invitation is no longer valid: the firm took it back.",
}
NOT_OWNER = "Only the owner of the account can accept. Sign in as its owner."


def find_reconnection(link: ReconnectLink) -> ReconnectInvitation | None:
    """With the client, its firm and its account: the holder of the link sees their names."""
    with as_system():
        rows = ReconnectInvitation.objects.select_related(
            "connection__account__owner", "connection__branch", "connection__firm", "invited_by"
        )
        return rows.filter(pk=link.invitation_id, nonce=link.nonce).first()


def why_over(invitation: ReconnectInvitation) -> str:
    """ "" while it can be answered."""
    return "" if invitation.is_pending else ENDED[invitation.outcome]


def may_use_account(connection: Connection, by: User | None) -> bool:
    """Whether who answers may connect the present account: its owner, or anybody without one."""
    owner = connection.account.owner
    return owner is None or (by is not None and by.pk == owner.pk)


@transaction.atomic
def accept_reconnection(
    invitation: ReconnectInvitation, *, name: str, by: User | None
) -> Connection:
    """Take the relationship up again. Raises `Refused` where the link is over, or not theirs."""
    with as_system():
        row, invitation = locked_open(invitation)
        if not may_use_account(row, by):
            raise Refused(NOT_OWNER)
        with because(f"{name} accepted the invitation to reconnect.", by=by):
            reconnect(row, Acceptance(name, by))
            accept(invitation, name)
        tell_inviter(invitation, row)
    return row


@transaction.atomic
def accept_anew(
    invitation: ReconnectInvitation, *, name: str, by: User | None, company: str = ""
) -> Connection:
    """A fresh connection: with the present account, or with a new one of the company's name.

    The firm is locked first: the connection takes its next Client ID.
    """
    with as_system():
        lock_rights(invitation.firm_id)
        row, invitation = locked_open(invitation)
        if not company and not may_use_account(row, by):
            raise Refused(NOT_OWNER)
        with because(f"{name} accepted the invitation to connect anew.", by=by):
            model = invitation.billing_model
            opened = connect_anew(row, model, Acceptance(name, by), company=company)
            invitation.opened = opened
            accept(invitation, name)
        tell_inviter(invitation, opened)
    return opened


def locked_open(invitation: ReconnectInvitation) -> tuple[Connection, ReconnectInvitation]:
    row = locked_client(invitation.connection_id)
    invitation = ReconnectInvitation.objects.locked(invitation.pk)
    if says := why_over(invitation):
        raise Refused(says)
    return row, invitation


def accept(invitation: ReconnectInvitation, name: str) -> None:
    close(invitation, InvitationStatus.ACCEPTED, accepted_name=name, opened=invitation.opened)


def tell_inviter(invitation: ReconnectInvitation, connection: Connection) -> None:
    if invitation.invited_by is None:
        return
    post_mail(
        "invitations/reconnected",
        key=f"reconnect:{invitation.pk}:accepted",
        recipient=invitation.invited_by.email,
        firm=connection.firm,
        **reconnected_words(invitation, connection),
    )
