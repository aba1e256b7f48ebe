"""A company asks a branch to connect, and may take it back (F-111, F-114, C8).

Its consent is the first of the two; the branch's is in `actions.client_answers`. The locks are
firm, branch, account, invitation, in this order; none of it belongs to a firm of the client's, so
each works in the system's realm.
"""

from django.db import transaction

from clients.models import ClientAccount, Connection
from clients.roles import ConnectionStatus
from invitations.actions.closing import close
from invitations.emails import client_expired_words, client_invited_words
from invitations.models import ClientInvitation
from invitations.roles import InvitationSource, InvitationStatus
from practice.actions.outbox import post_mail
from practice.errors import Refused
from practice.history import because
from practice.models import Branch, TeamMember, User
from practice.tenancy import as_system
from practice.text import tidy

BATCH = 500
NOT_OWNER = "Only the owner of the account can invite an accountant."
ARCHIVED = "This account is archived. Subscribe first; then you can invite an accountant."
BRANCH_CLOSED = "This branch is closed. Nobody can connect to it any more."
COLLEAGUE = "You work at {}. A client connects with a login of its own."
PENDING_ALREADY = "Your invitation to {} is already pending. {} has it among its invitations."
CONNECTED_ALREADY = "{} and {} are connected already."
ASKED_BACK = "{} has asked you to reconnect. Answer that invitation under External Access."
NO_NAME = "Enter your name."
NOT_YOURS = "Only the owner of the account can take this invitation back."
ENDED = {
    InvitationStatus.ACCEPTED: "This invitation was accepted already.",
    InvitationStatus.EXPIRED: "This invitation has expired: nobody answered within 30 days.",
    InvitationStatus.REJECTED: "This invitation was rejected.",
    InvitationStatus.CANCELLED: "This invitation was taken back.",
}


@transaction.atomic
def send_client_invitation(
    account: ClientAccount,
    branch: Branch,
    *,
    by: User,
    source: InvitationSource,
    consent_name: str,
    message: str = "",
    link_number: int | None = None,
) -> ClientInvitation:
    """The owner agrees to be connected; the invitation waits at the branch, which is mailed.

    `consent_name` is the name that was typed beside the tick, kept with the time. `link_number` is
    that of the branch's link (`BranchLink`) where it came by one. Raises `Refused`, in words for
    the client, where one is pending at this branch or the firm is connected already.
    """
    with as_system():
        branch = locked_branch(branch)
        account = locked_account(account)
        refuse_sending(account, branch, by)
        invitation = ClientInvitation(
            firm_id=branch.firm_id,
            branch=branch,
            account=account,
            company=account.name,
            contact_name=by.full_name,
            contact_email=by.email,
            message=message.strip(),
            source=source,
            link_number=link_number,
            invited_by=by,
            consented_name=tidy(consent_name),
        )
        if not invitation.consented_name:
            raise Refused(NO_NAME)
        reason = f"{invitation.consented_name} agreed to connect {account.name} with {branch.name}."
        with because(reason, by=by):
            retire_overdue(account, branch)
            invitation.save(force_insert=True)
        post_mail(
            "invitations/client_invited",
            key=f"client-invitation:{invitation.pk}:sent",
            recipient=branch.email,
            firm=branch.firm,
            **client_invited_words(invitation),
        )
    return invitation


@transaction.atomic
def cancel_client_invitation(invitation: ClientInvitation, *, by: User) -> ClientInvitation:
    """The owner of the account takes it back before the branch has answered."""
    with as_system():
        account = locked_account(invitation.account)
        invitation = ClientInvitation.objects.locked(invitation.pk)
        if account.owner_id != by.pk:
            raise Refused(NOT_YOURS)
        if not invitation.is_pending:
            raise Refused(ENDED[invitation.outcome])
        with because("The client took its invitation back.", by=by):
            close(invitation, InvitationStatus.CANCELLED)
    return invitation


def locked_branch(branch: Branch) -> Branch:
    """It stays open until the end of the transaction."""
    rows = Branch.objects.select_related("firm")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=branch.pk)


def locked_account(account: ClientAccount) -> ClientAccount:
    rows = ClientAccount.objects.select_related("owner")
    return rows.select_for_update(no_key=True, of=("self",)).get(pk=account.pk)


def refuse_sending(account: ClientAccount, branch: Branch, by: User) -> None:
    if account.owner_id != by.pk:
        raise Refused(NOT_OWNER)
    if account.is_archived:
        raise Refused(ARCHIVED)
    if branch.is_archived:
        raise Refused(BRANCH_CLOSED)
    firm = branch.firm
    if TeamMember.objects.for_firm(firm).filter(user=by, is_active=True).exists():
        raise Refused(COLLEAGUE.format(firm.name))
    refuse_connected(account, branch)
    if ClientInvitation.objects.pending().filter(account=account, branch=branch).exists():
        raise Refused(PENDING_ALREADY.format(branch.name, firm.name))


def refuse_connected(account: ClientAccount, branch: Branch) -> None:
    """Raise `Refused` where firm and account are one way or another together already."""
    rows = Connection.objects.filter(firm_id=branch.firm_id, account=account)
    open_one = rows.exclude(status=ConnectionStatus.DISCONNECTED).first()
    if open_one is None:
        return
    if open_one.status == ConnectionStatus.RECONNECTING:
        raise Refused(ASKED_BACK.format(branch.firm.name))
    raise Refused(CONNECTED_ALREADY.format(branch.firm.name, account.name))


def retire_overdue(account: ClientAccount, branch: Branch) -> None:
    """What the clock ended is written down, to make room for the new one."""
    overdue = ClientInvitation.objects.overdue().filter(account=account, branch=branch)
    overdue.update(status=InvitationStatus.EXPIRED)


def expire_due() -> int:
    """Close what no branch answered within thirty days, and tell the clients. How many there were.

    Those that somebody else has locked wait for the next time.
    """
    total = 0
    while True:
        with as_system(), because("Nobody at the branch answered within 30 days."):
            closed = expire_some()
        total += closed
        if closed < BATCH:
            return total


def expire_some() -> int:
    rows = ClientInvitation.objects.overdue().order_by("pk").select_related("branch", "firm")
    locked = list(rows.select_for_update(skip_locked=True, of=("self",))[:BATCH])
    ids = [row.pk for row in locked]
    ClientInvitation.objects.filter(pk__in=ids).update(status=InvitationStatus.EXPIRED)
    for row in locked:
        post_mail(
            "invitations/client_expired",
            key=f"client-invitation:{row.pk}:expired",
            recipient=row.contact_email,
            firm=row.firm,
            **client_expired_words(row),
        )
    return len(locked)
