"""Who works at the firm and with which rights: giving, changing and ending (F-017…F-021a).

Each action locks the firm first and looks at both sides then: what the giver holds, and what the
member has. So no change of rights is judged by what was true a moment ago.
"""

from collections.abc import Iterable

from django.db import transaction

from practice.actions.limits import (
    lock_rights,
    refuse_beyond,
    refuse_change,
    refuse_locked,
    refuse_without,
    standing_now,
)
from practice.errors import Conflict, Refused
from practice.history import because
from practice.models import Branch, BranchMembership, TeamMember, User
from practice.permissions import (
    BRANCH_ROLE_GRANTS,
    MANAGE_PARENT_ROLES,
    MANAGE_TEAM,
    PARENT_ROLE_GRANTS,
    BranchStanding,
)
from practice.roles import BranchRole, ParentRole
from practice.signals import branch_left, firm_left

CONFLICT = (
    "Somebody else changed these rights while you were editing. Check both versions, then save."
)
LAST_SUPER_ADMIN = "{} is the last Super Admin of the firm. Make somebody else a Super Admin first."


@transaction.atomic
def add_to_branch(
    member: TeamMember, branch: Branch, role: str, *, by: User, reason: str = ""
) -> BranchMembership:
    """Give a member a role on one more branch (F-017a)."""
    member = locked_member(member)
    branch = Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    if branch.is_archived:
        raise Refused(f"{branch.name} is archived. Nobody can be added to it.")
    if member.memberships.filter(branch=branch).exists():
        raise Refused(f"{member} works on {branch.name} already.")
    after = BranchStanding(branch.pk, branch.name, role)
    giver = standing_now(by, member.firm_id)
    refuse_change(giver, member, branch.pk, None, after)
    with because(reason or f"Added to {branch.name} as {BranchRole(role).label}.", by=by):
        return BranchMembership.objects.create(
            firm_id=member.firm_id, member=member, branch=branch, role=role
        )


@transaction.atomic
def change_branch_role(
    member: TeamMember,
    branch: Branch,
    *,
    by: User,
    role: str | None = None,
    added: Iterable[str] | None = None,
    withdrawn: Iterable[str] | None = None,
    version: str | None = None,
    reason: str = "",
) -> BranchMembership:
    """Change the role on a branch, or single permissions of it (F-019).

    What is not given stays; an override stays as long as it says anything beside the role. Raises
    `Conflict` when `version` is no longer the membership's.
    """
    member = locked_member(member)
    place = membership_of(member, branch)
    if version is not None and version != place.version:
        theirs: dict[str, object] = {"role": place.role, "permissions": place.standing.permissions}
        raise Conflict(CONFLICT, theirs)
    role = role or place.role
    grants = BRANCH_ROLE_GRANTS[role]
    more = frozenset(place.added if added is None else added) - grants
    less = frozenset(place.withdrawn if withdrawn is None else withdrawn) & grants
    refuse_locked(more | less)
    after = BranchStanding(branch.pk, branch.name, role, more - less, less)
    giver = standing_now(by, member.firm_id)
    refuse_change(giver, member, branch.pk, place.standing, after)
    if after == place.standing:
        return place
    place.role, place.added, place.withdrawn = role, sorted(after.added), sorted(after.withdrawn)
    with because(reason or f"Changed the rights on {branch.name}.", by=by):
        place.save(update_fields=["role", "added", "withdrawn"])
    return place


def reset_branch_role(
    member: TeamMember, branch: Branch, *, by: User, version: str | None = None
) -> BranchMembership:
    """Drop every override: the role alone decides again (F-019a)."""
    reason = f"Reset the rights on {branch.name} to the role."
    return change_branch_role(
        member, branch, added=(), withdrawn=(), by=by, version=version, reason=reason
    )


@transaction.atomic
def remove_from_branch(member: TeamMember, branch: Branch, *, by: User, reason: str) -> TeamMember:
    """End a member's place on a branch, and with it their assignments there (F-021, S0.31)."""
    member = locked_member(member)
    place = membership_of(member, branch)
    giver = standing_now(by, member.firm_id)
    refuse_change(giver, member, branch.pk, place.standing, None)
    with because(reason, by=by):
        place.delete()
        branch_left.send(TeamMember, member=member, branch_ids=[branch.pk], by=by, reason=reason)
    return member


@transaction.atomic
def change_parent_role(
    member: TeamMember, *, role: str, by: User, version: str | None = None, reason: str = ""
) -> TeamMember:
    """Give, change or end (`role=""`) a parent role (F-018). The last Super Admin keeps theirs.

    Raises `Conflict` when `version`, the role that the giver saw, is no longer the member's.
    """
    member = locked_member(member)
    giver = standing_now(by, member.firm_id)
    refuse_without(giver, MANAGE_PARENT_ROLES, None)
    if version is not None and version != member.parent_role:
        raise Conflict(CONFLICT, {"role": member.parent_role})
    refuse_beyond(giver, grants_of(role) | grants_of(member.parent_role))
    if role == member.parent_role:
        return member
    refuse_last_super_admin(member)
    member.parent_role = role
    label = ParentRole(role).label if role else "none"
    with because(reason or f"Changed the parent role: {label}.", by=by):
        member.save(update_fields=["parent_role"])
    return member


@transaction.atomic
def deactivate_member(member: TeamMember, *, by: User, reason: str) -> TeamMember:
    """End a member's work at the firm: every branch, the parent role and all assignments.

    Needs "Manage Team" wherever the member works, and "Manage Parent Roles" if they have one.
    """
    member = locked_member(member)
    giver = standing_now(by, member.firm_id)
    places = list(member.memberships.select_related("branch").order_by("branch_id"))
    for place in places:
        refuse_change(giver, member, place.branch_id, place.standing, None)
    if member.parent_role:
        refuse_without(giver, MANAGE_PARENT_ROLES, None)
        refuse_beyond(giver, grants_of(member.parent_role))
        refuse_last_super_admin(member)
    elif not places:
        refuse_without(giver, MANAGE_TEAM, None)
    member.is_active, member.parent_role = False, ""
    with because(reason, by=by):
        BranchMembership.objects.filter(member=member).delete()
        member.save(update_fields=["is_active", "parent_role"])
        firm_left.send(TeamMember, member=member, by=by, reason=reason)
    return member


def locked_member(member: TeamMember) -> TeamMember:
    """The member as they are now, with the firm's rights locked."""
    lock_rights(member.firm_id)
    found = TeamMember.objects.select_related("user").select_for_update(of=("self",))
    member = found.get(pk=member.pk)
    if not member.is_active:
        raise Refused(f"{member} no longer works at this firm.")
    return member


def membership_of(member: TeamMember, branch: Branch) -> BranchMembership:
    """Raises `Refused` when the member has no place on the branch."""
    places = BranchMembership.objects.select_related("branch").select_for_update(of=("self",))
    place = places.filter(member=member, branch=branch).first()
    if place is None:
        raise Refused(f"{member} does not work on {branch.name}.")
    return place


def refuse_last_super_admin(member: TeamMember) -> None:
    """Somebody who can sign in has to hold the role; the database keeps a rule of its own."""
    if member.parent_role != ParentRole.SUPER_ADMIN:
        return
    others = TeamMember.objects.filter(firm_id=member.firm_id).super_admins()
    if not others.exclude(pk=member.pk).exists():
        raise Refused(LAST_SUPER_ADMIN.format(member))


def grants_of(parent_role: str) -> frozenset[str]:
    return PARENT_ROLE_GRANTS[parent_role] if parent_role else frozenset()
