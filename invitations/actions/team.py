"""Inviting people to the team, inviting them again, and taking it back (F-016, F-016b).

Each locks the firm's rights first, then the invitation: an invitation that is resent, cancelled and
answered at the same moment has one outcome, and rights are those of now.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from invitations.actions.closing import close
from invitations.emails import invitation_words
from invitations.models import TeamInvitation
from invitations.models.team import VALID_FOR, TeamInvitationQuerySet, end_of_validity, new_nonce
from invitations.roles import InvitationStatus
from practice import clock
from practice.actions.limits import lock_rights, standing_now
from practice.actions.outbox import post_mail
from practice.errors import Refused
from practice.history import because
from practice.models import Branch, Firm, TeamMember, User
from practice.permissions import Verdict
from practice.text import fold

MOST_PENDING = 50  # per branch
SENDING_PAUSE = timedelta(minutes=1)

IS_CLOSED = {
    InvitationStatus.ACCEPTED: "This invitation was accepted already.",
    InvitationStatus.EXPIRED: "This invitation has expired. Invite the person anew.",
    InvitationStatus.REJECTED: "This invitation was rejected.",
    InvitationStatus.CANCELLED: "This invitation was cancelled.",
}
TOO_MANY = (
    "{} invitations to {} wait for an answer already. Cancel some of them, or wait for an answer."
)
TOO_SOON = "The invitation was sent less than a minute ago. Wait a minute before you send it again."


@dataclass(frozen=True)
class Offer:
    """Whom to invite to what: a branch role, or without a branch a parent role."""

    email: str
    full_name: str
    role: str
    branch: Branch | None = None

    @property
    def email_key(self) -> str:
        return fold(self.email)

    @property
    def place(self) -> str:
        return self.branch.name if self.branch else "all branches"


@transaction.atomic
def invite_to_team(firm: Firm, offer: Offer, *, by: User) -> TeamInvitation:
    """Invite somebody and mail them the link. A second click sends nothing a second time."""
    lock_rights(firm.pk)
    invitation = drafted(firm, offer, by)
    refuse_giver(invitation, by)
    refuse_archived(offer.branch)
    if colleague := colleague_at(firm, offer.email_key, offer.branch):
        raise Refused(already_works(colleague, offer.branch))
    same = TeamInvitation.objects.for_firm(firm).filter(branch=offer.branch)
    retire_overdue(same.filter(email_key=offer.email_key), by)
    if waiting := same.filter(email_key=offer.email_key).pending().first():
        return same_or_refused(waiting, invitation)
    if same.pending().count() >= MOST_PENDING:
        raise Refused(TOO_MANY.format(MOST_PENDING, offer.place))
    with because(f"Invited {offer.full_name} to {offer.place}.", by=by):
        invitation.save(force_insert=True)
    return send(invitation)


@transaction.atomic
def resend_invitation(invitation: TeamInvitation, *, by: User) -> TeamInvitation:
    """Mail a new link that works for seven days anew; the old one is void from now on."""
    invitation = locked_pending(invitation)
    refuse_giver(invitation, by)
    refuse_archived(invitation.branch)
    now = clock.now()
    if now - invitation.sent_at < SENDING_PAUSE:
        raise Refused(TOO_SOON)
    invitation.nonce, invitation.invited_by, invitation.sent_at = new_nonce(), by, now
    invitation.expires_at = invitation.ends_at = now + VALID_FOR
    with because("Sent the invitation again, with a new link.", by=by):
        invitation.save(update_fields=["nonce", "invited_by", "sent_at", "expires_at", "ends_at"])
    return send(invitation)


@transaction.atomic
def cancel_invitation(invitation: TeamInvitation, *, by: User) -> TeamInvitation:
    """Take it back: its link is void from now on."""
    invitation = locked_pending(invitation)
    refuse_giver(invitation, by)
    with because("Cancelled the invitation.", by=by):
        close(invitation, InvitationStatus.CANCELLED)
    return invitation


def drafted(firm: Firm, offer: Offer, by: User) -> TeamInvitation:
    """The row as it would be, for the rules to judge."""
    until = end_of_validity()
    return TeamInvitation(
        firm=firm,
        email=offer.email,
        email_key=offer.email_key,
        full_name=offer.full_name,
        branch=offer.branch,
        branch_role=offer.role if offer.branch else "",
        parent_role="" if offer.branch else offer.role,
        invited_by=by,
        expires_at=until,
        ends_at=until,
    )


def same_or_refused(waiting: TeamInvitation, wanted: TeamInvitation) -> TeamInvitation:
    """The answer to a double click is the invitation of the first; else it is too many."""
    is_double_click = clock.now() - waiting.sent_at < SENDING_PAUSE
    if is_double_click and (waiting.role, waiting.invited_by) == (wanted.role, wanted.invited_by):
        return waiting
    raise Refused(is_invited(waiting))


def is_invited(waiting: TeamInvitation) -> str:
    place = waiting.branch.name if waiting.branch else "all branches"
    return f"{waiting.email} is invited to {place} already. Send that invitation again instead."


def locked_pending(invitation: TeamInvitation) -> TeamInvitation:
    """The invitation as it is now, locked; raises `Refused` when it is not waiting any more."""
    lock_rights(invitation.firm_id)
    invitation = TeamInvitation.objects.locked(invitation.pk)
    if not invitation.is_pending:
        raise Refused(IS_CLOSED[invitation.outcome])
    return invitation


def refuse_giver(invitation: TeamInvitation, by: User) -> None:
    """Raise `Refused` unless this person may invite to this place and role, as of now."""
    standing = standing_now(by, invitation.firm_id)
    verdict = Verdict.of(invitation.rules(standing, invitation.needs))
    if not verdict.allowed:
        raise Refused(verdict.reason)


def refuse_archived(branch: Branch | None) -> None:
    """Locks the branch, so that it stays open until the end of the transaction."""
    if branch and Branch.objects.select_for_update(no_key=True).get(pk=branch.pk).is_archived:
        raise Refused(f"{branch.name} is archived. Nobody can be invited to it.")


def retire_overdue(rows: TeamInvitationQuerySet, by: User) -> None:
    """What the clock ended long ago is written down, to make room for the new one."""
    with because("A new invitation took the place of the expired one.", by=by):
        rows.overdue().update(status=InvitationStatus.EXPIRED)


def colleague_at(firm: Firm, email_key: str, branch: Branch | None) -> TeamMember | None:
    """Who has the place already: on the branch, or for all branches any parent role."""
    members = TeamMember.objects.for_firm(firm).filter(user__email_key=email_key, is_active=True)
    if branch:
        return members.filter(memberships__branch=branch).select_related("user").first()
    return members.exclude(parent_role="").select_related("user").first()


def already_works(colleague: TeamMember, branch: Branch | None) -> str:
    if branch:
        return f"{colleague} works on {branch.name} already."
    return f"{colleague} has the parent role {colleague.role_label} already."


def send(invitation: TeamInvitation) -> TeamInvitation:
    """One mail for each link."""
    post_mail(
        "invitations/team_invitation",
        key=f"team-invitation:{invitation.pk}:{invitation.nonce}",
        recipient=invitation.email,
        firm=invitation.firm,
        **invitation_words(invitation),
    )
    return invitation
