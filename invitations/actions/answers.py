"""What the invited person answers, by the link that they hold (F-016, F-016a).

They belong to no firm yet, so each answer enters the firm of the invitation for as long as it
takes. Rights are judged again: who invited must still be allowed to.
"""

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from invitations.actions.closing import close
from invitations.actions.team import refuse_giver
from invitations.emails import accepted_words
from invitations.models import TeamInvitation
from invitations.models.links import TeamLink
from invitations.roles import InvitationStatus
from practice.actions.limits import lock_rights
from practice.actions.outbox import post_mail
from practice.errors import Refused
from practice.history import because
from practice.models import Branch, BranchMembership, TeamMember, User
from practice.signals import branch_left
from practice.tenancy import as_system, in_firm
from practice.text import tidy

ENDED = {
    InvitationStatus.ACCEPTED: "This invitation was accepted already.",
    InvitationStatus.EXPIRED: "This invitation has expired: it was valid for seven days.",
    InvitationStatus.REJECTED: "This invitation was rejected.",
    InvitationStatus.CANCELLED: "This invitation is no longer valid: it was taken back.",
}
REPLACED = "This link is no longer valid: a newer one was sent."
OTHER_ADDRESS = "This invitation is for {}. You are signed in as {}."
INVITER_MAY_NOT = "{} can no longer invite you to this role. Ask {} for a new invitation."
HAS_LOGIN = "There is a login for this address already. Sign in, then accept."


def find_invitation(link: TeamLink) -> TeamInvitation | None:
    """The one row that the link is signed for: its holder may be a stranger to the firm."""
    with as_system():
        rows = TeamInvitation.objects.select_related("firm", "branch", "invited_by")
        return rows.filter(pk=link.invitation_id).first()


def why_closed(invitation: TeamInvitation, link: TeamLink) -> str:
    """ "" while the link can be answered."""
    if not invitation.is_pending:
        return ENDED[invitation.outcome]
    return "" if invitation.nonce == link.nonce else REPLACED


def accept_invitation(invitation: TeamInvitation, link: TeamLink, *, by: User) -> TeamInvitation:
    """Join the firm, with the login whose address was invited."""
    with in_firm(invitation.firm_id, by.pk):
        invitation = locked_open(invitation, link)
        if by.email_key != invitation.email_key:
            raise Refused(OTHER_ADDRESS.format(invitation.email, by.email))
        refuse_stale(invitation)
        with because(f"Accepted the invitation by {invitation.invited_by}.", by=by):
            join(invitation, by)
            close(invitation, InvitationStatus.ACCEPTED)
        tell_inviter(invitation)
    return invitation


def accept_as_newcomer(
    invitation: TeamInvitation, link: TeamLink, *, full_name: str, password: str
) -> User:
    """Register the invited address; by the mailed link it is proved, and the person joins.

    A link that was copied proves nothing: then the login is made, and joins once it is proved.
    """
    with in_firm(invitation.firm_id):
        invitation = locked_open(invitation, link)
        user = register(invitation, full_name, password, is_proved=link.is_mailed)
        if link.is_mailed:
            accept_invitation(invitation, link, by=user)
    return user


def reject_invitation(
    invitation: TeamInvitation, link: TeamLink, *, by: User | None = None
) -> TeamInvitation:
    """Say no, for which the link is enough."""
    with in_firm(invitation.firm_id, by.pk if by else None):
        invitation = locked_open(invitation, link)
        with because("Rejected the invitation.", by=by):
            close(invitation, InvitationStatus.REJECTED)
    return invitation


def locked_open(invitation: TeamInvitation, link: TeamLink) -> TeamInvitation:
    """The invitation as it is now, locked; raises `Refused` where the link is void."""
    lock_rights(invitation.firm_id)
    if invitation.branch_id:
        Branch.objects.select_for_update(no_key=True).get(pk=invitation.branch_id)
    invitation = TeamInvitation.objects.locked(invitation.pk)
    if says := why_closed(invitation, link):
        raise Refused(says)
    return invitation


def refuse_stale(invitation: TeamInvitation) -> None:
    """Raise `Refused` when the inviter left or lost the right, or the branch is archived."""
    if invitation.branch and invitation.branch.is_archived:
        raise Refused("This branch is closed. Nobody can join it any more.")
    try:
        refuse_giver(invitation, invitation.invited_by)
    except Refused as refusal:
        names = (invitation.invited_by, invitation.firm.name)
        raise Refused(INVITER_MAY_NOT.format(*names)) from refusal


def join(invitation: TeamInvitation, user: User) -> TeamMember:
    """Give the person the place, on top of those that they have."""
    member = member_for(invitation, user)
    if invitation.branch:
        if member.memberships.filter(branch=invitation.branch).exists():
            raise Refused(f"You work on {invitation.branch.name} already.")
        BranchMembership.objects.create(
            firm=invitation.firm,
            member=member,
            branch=invitation.branch,
            role=invitation.branch_role,
        )
        return member
    if member.parent_role:
        raise Refused(f"You have the parent role {member.role_label} already.")
    member.parent_role = invitation.parent_role
    member.save(update_fields=["parent_role"])
    return member


def member_for(invitation: TeamInvitation, user: User) -> TeamMember:
    """The person's row at the firm; who comes back begins without what they once had."""
    rows = TeamMember.objects.for_firm(invitation.firm).select_for_update()
    member = rows.filter(user=user).first()
    if member is None:
        return TeamMember.objects.create(firm=invitation.firm, user=user)
    if not member.is_active:
        drop_old_places(member, user)
        member.is_active, member.parent_role = True, ""
        member.save(update_fields=["is_active", "parent_role"])
    return member


def drop_old_places(member: TeamMember, user: User) -> None:
    branch_ids = list(member.memberships.values_list("branch_id", flat=True))
    if branch_ids:
        member.memberships.all().delete()
        reason = "Came back to the firm by a new invitation."
        branch_left.send(TeamMember, member=member, branch_ids=branch_ids, by=user, reason=reason)


def register(invitation: TeamInvitation, full_name: str, password: str, *, is_proved: bool) -> User:
    """A login for the invited address. Raises `Refused` when somebody was quicker."""
    email = tidy(invitation.email).lower()
    zone = invitation.firm.time_zone
    try:
        with transaction.atomic(), because("Registered to accept an invitation."):
            user = User.objects.create_user(email, password, full_name=full_name, time_zone=zone)
            EmailAddress.objects.create(user=user, email=email, primary=True, verified=is_proved)
    except IntegrityError as taken:
        raise Refused(HAS_LOGIN) from taken
    return user


def tell_inviter(invitation: TeamInvitation) -> None:
    post_mail(
        "invitations/team_accepted",
        key=f"team-invitation:{invitation.pk}:accepted",
        recipient=invitation.invited_by.email,
        firm=invitation.firm,
        **accepted_words(invitation),
    )
