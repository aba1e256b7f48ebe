"""What the branch answers a company that asks to connect: the second consent (F-113, F-113a, C8).

The locks are firm, branch, account, invitation, in this order: whatever is answered, taken back and
overdue at the same moment has one outcome, and there is one connection at the end.
"""

from django.db import transaction

from clients.actions.correspondence import keep_messages
from clients.actions.numbers import next_client_number
from clients.actions.opening import NewClient, connect_account
from clients.models import ClientAccount, Connection
from clients.roles import BillingModel, ConnectionStatus
from invitations.actions.client import (
    ENDED,
    locked_account,
    locked_branch,
    refuse_connected,
)
from invitations.actions.closing import close
from invitations.emails import client_accepted_words, client_rejected_words
from invitations.models import ClientInvitation, ReconnectInvitation
from invitations.roles import InvitationStatus
from practice import clock
from practice.actions.limits import lock_rights, refuse_without, standing_now
from practice.actions.outbox import post_mail
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.tenancy import as_system

BRANCH_ARCHIVED = "The branch {} is archived, so nobody can connect to it."
ACCOUNT_ARCHIVED = "The client’s account is archived: nobody pays for it. It subscribes first."


@transaction.atomic
def accept_client_invitation(invitation: ClientInvitation, *, by: User) -> ClientInvitation:
    """The client is connected as Client Pays at once, and told; `connection` is what began.

    It has the next Client ID, and names the last relationship of the two that ended. Other
    invitations of the company to this firm are closed with it. Raises `Refused`.
    """
    with as_system():
        invitation, account = locked_open(invitation, by)
        if invitation.branch.is_archived:
            raise Refused(BRANCH_ARCHIVED.format(invitation.branch.name))
        if account.is_archived:
            raise Refused(ACCOUNT_ARCHIVED)
        refuse_connected(account, invitation.branch)
        with because(f"{by} accepted the invitation of {account.name}.", by=by):
            invitation.connection = opened(invitation, account, by)
            answer(invitation, InvitationStatus.ACCEPTED, by)
            close_others(invitation)
        mail = post_mail(
            "invitations/client_accepted",
            key=f"client-invitation:{invitation.pk}:accepted",
            recipient=invitation.contact_email,
            firm=invitation.firm,
            **client_accepted_words(invitation),
        )
        keep_messages([mail], [invitation.connection])
    return invitation


@transaction.atomic
def reject_client_invitation(
    invitation: ClientInvitation, *, by: User, reason: str = ""
) -> ClientInvitation:
    """Nothing is connected. The client is told, with the reason if there is one."""
    with as_system():
        invitation, _ = locked_open(invitation, by)
        invitation.answer_reason = reason.strip()
        with because(f"{by} rejected the invitation of {invitation.company}.", by=by):
            answer(invitation, InvitationStatus.REJECTED, by)
        post_mail(
            "invitations/client_rejected",
            key=f"client-invitation:{invitation.pk}:rejected",
            recipient=invitation.contact_email,
            firm=invitation.firm,
            **client_rejected_words(invitation),
        )
    return invitation


def locked_open(invitation: ClientInvitation, by: User) -> tuple[ClientInvitation, ClientAccount]:
    """Both locked, and the rights of now; raises `Refused` where nothing waits, or not for them."""
    lock_rights(invitation.firm_id)
    locked_branch(invitation.branch)
    account = locked_account(invitation.account)
    invitation = ClientInvitation.objects.locked(invitation.pk)
    standing = standing_now(by, invitation.firm_id)
    refuse_without(standing, ClientInvitation.needs, invitation.branch_id)
    if not invitation.is_pending:
        raise Refused(ENDED[invitation.outcome])
    return invitation, account


def opened(invitation: ClientInvitation, account: ClientAccount, by: User) -> Connection:
    past = Connection.objects.filter(firm_id=invitation.firm_id, account=account)
    ended = past.filter(status=ConnectionStatus.DISCONNECTED).order_by("-disconnected_at", "-pk")
    facts = NewClient(
        name=account.name,
        billing_model=BillingModel.CLIENT_PAYS,
        client_number=next_client_number(invitation.firm),
        contact_name=invitation.contact_name,
        contact_email=invitation.contact_email,
    )
    return connect_account(
        account,
        invitation.branch,
        facts,
        by=by,
        reason=f"{by} accepted the invitation of {invitation.consented_name}: Client Pays",
        supersedes=ended.first(),
    )


def answer(invitation: ClientInvitation, status: InvitationStatus, by: User) -> None:
    close(
        invitation,
        status,
        answered_by=by,
        answered_at=clock.now(),
        answer_reason=invitation.answer_reason,
        connection=invitation.connection,
    )


def close_others(invitation: ClientInvitation) -> None:
    """Firm and company are connected once: what else waits between the two is over."""
    over = {"status": InvitationStatus.CANCELLED, "ends_at": clock.now()}
    others = ClientInvitation.objects.pending().filter(
        firm_id=invitation.firm_id, account_id=invitation.account_id
    )
    others.exclude(pk=invitation.pk).update(**over)
    links = ReconnectInvitation.objects.pending().filter(
        firm_id=invitation.firm_id, connection__account_id=invitation.account_id
    )
    links.update(**over)
