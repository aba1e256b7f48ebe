"""Inviting an accountant by the address of its branch, from External Access (F-114…F-114b).

The request writes the same row and enters the same job whether or not a branch has the address: it
never looks for one. The job does, and hands the invitation to `actions.client`.
"""

from datetime import timedelta

from django.db import transaction

from clients.models import ClientAccount
from invitations.actions.client import (
    ARCHIVED,
    ENDED,
    NO_NAME,
    NOT_OWNER,
    NOT_YOURS,
    cancel_client_invitation,
    locked_account,
    locked_branch,
    send_client_invitation,
)
from invitations.models import ExternalInvitation
from invitations.roles import InvitationSource
from practice import clock
from practice.actions.jobs import enqueue
from practice.errors import Refused
from practice.models import Branch, User
from practice.tenancy import as_system
from practice.text import fold, tidy

JOB = "invitations.external"
MOST_AN_HOUR = 10  # of one person
TOO_MANY = f"You have sent {MOST_AN_HOUR} invitations within an hour. Wait before the next one."
PENDING_ALREADY = "Your invitation to {} is already pending."


@transaction.atomic
def invite_by_address(
    account: ClientAccount, *, email: str, consent_name: str, by: User, message: str = ""
) -> ExternalInvitation:
    """The owner agrees to be connected with whichever branch has this address.

    Raises `Refused` for others, in archive mode, while one to this address is pending, and for
    more than ten an hour.
    """
    with as_system():
        account = locked_account(account)
        row = ExternalInvitation(
            account=account,
            email=tidy(email).lower(),
            email_key=fold(email),
            message=message.strip(),
            invited_by=by,
            consented_name=tidy(consent_name),
        )
        refuse(row)
        row.save(force_insert=True)
        enqueue(JOB, str(row.pk), by=by)
    return row


def refuse(row: ExternalInvitation) -> None:
    if row.account.owner_id != row.invited_by_id:
        raise Refused(NOT_OWNER)
    if row.account.is_archived:
        raise Refused(ARCHIVED)
    if not row.consented_name:
        raise Refused(NO_NAME)
    same = ExternalInvitation.objects.of(row.account).filter(email_key=row.email_key)
    if any(one.is_pending for one in same):
        raise Refused(PENDING_ALREADY.format(row.email))
    since = clock.now() - timedelta(hours=1)
    sent = ExternalInvitation.objects.filter(invited_by=row.invited_by, created_at__gt=since)
    if sent.count() >= MOST_AN_HOUR:
        raise Refused(TOO_MANY)


def deliver(external_id: int) -> None:
    """In the job: to the branch with the address, if there is one. Called twice, it sends once."""
    with as_system():
        row = ExternalInvitation.objects.select_related("account", "invited_by").get(pk=external_id)
        open_ones = Branch.objects.filter(is_archived=False)
        branch = open_ones.filter(email_key=row.email_key).select_related("firm").first()
        if branch is None:
            return
        locked_branch(branch)
        locked_account(row.account)
        rows = ExternalInvitation.objects.select_for_update(of=("self",))
        row = rows.select_related("account", "invited_by").get(pk=external_id)
        if row.invitation_id or not row.is_pending:
            return
        hand_over(row, branch)


def hand_over(row: ExternalInvitation, branch: Branch) -> None:
    try:
        with transaction.atomic():
            row.invitation = send_client_invitation(
                row.account,
                branch,
                by=row.invited_by,
                source=InvitationSource.EXTERNAL,
                consent_name=row.consented_name,
                message=row.message,
            )
    except Refused as refusal:
        row.says = str(refusal)[:400]
    row.save(update_fields=["invitation", "says"])


@transaction.atomic
def withdraw(row: ExternalInvitation, *, by: User) -> ExternalInvitation:
    """The owner takes it back before a branch has answered. Raises `Refused` after that."""
    with as_system():
        account = locked_account(row.account)
        rows = ExternalInvitation.objects.select_for_update(of=("self",))
        row = rows.select_related("invitation").get(pk=row.pk)
        if account.owner_id != by.pk:
            raise Refused(NOT_YOURS)
        if not row.is_pending:
            raise Refused(ENDED[row.outcome])
        if row.invitation:
            cancel_client_invitation(row.invitation, by=by)
        row.withdrawn_at = clock.now()
        row.save(update_fields=["withdrawn_at"])
    return row
