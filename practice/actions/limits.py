"""Nobody gives more than they have, and nobody changes rights that are beyond their own (F-019).

The lock of the firm comes first: whoever gives rights, or takes them, stands in one queue, so that
what somebody holds is read after the last change of it.
"""

from collections.abc import Iterable

from practice.auth import find_standing
from practice.errors import Refused
from practice.models import Firm, TeamMember, User
from practice.permissions import (
    CATALOGUE,
    MANAGE_PARENT_ROLES,
    MANAGE_TEAM,
    BranchStanding,
    Permission,
    Reach,
    Standing,
    Verdict,
    branch_rules,
    firm_rules,
)

MOST_NAMED = 3


def lock_rights(firm_id: int) -> Firm:
    """The firm's row, locked against other changes of rights; its children go on being written."""
    return Firm.objects.select_for_update(no_key=True).get(pk=firm_id)


def standing_now(user: User, firm_id: int) -> Standing:
    """What the giver holds now, not when their request began. Raises `Refused` for strangers."""
    standing = find_standing(user, firm_id)
    if standing is None:
        raise Refused("You do not work at this firm.")
    return standing


def refuse_without(standing: Standing, permission: Permission, branch_id: int | None) -> None:
    """Raise `Refused` unless the standing holds the permission on the branch; `None`: firm-wide."""
    firm_id = standing.firm_id
    rules = firm_rules(standing, firm_id, permission)
    if branch_id is not None:
        rules = branch_rules(standing, firm_id, branch_id, permission)
    verdict = Verdict.of(rules)
    if not verdict.allowed:
        raise Refused(verdict.reason)


def refuse_beyond(
    standing: Standing, permissions: Iterable[str], branch_id: int | None = None
) -> None:
    """Raise `Refused`, naming what the giver lacks there. A Super Admin lacks nothing."""
    missing = lacking(standing, permissions, branch_id)
    if missing:
        raise Refused(f"You cannot give or change what you do not have: {named(missing)}.")


def lacking(standing: Standing, permissions: Iterable[str], branch_id: int | None) -> list[str]:
    return [] if standing.is_super_admin else standing.lacking(permissions, branch_id)


def refuse_locked(permissions: Iterable[str]) -> None:
    """Only what is held on a branch can be added or withdrawn singly."""
    locked = [code for code in permissions if CATALOGUE[code].reach != Reach.BRANCH]
    if locked:
        raise Refused(f"{named(locked)}: this comes with a parent role, not on one branch.")


def refuse_change(
    giver: Standing,
    member: TeamMember,
    branch_id: int,
    before: BranchStanding | None,
    after: BranchStanding | None,
) -> None:
    """Raise `Refused` unless the giver may turn the one place on the branch into the other."""
    refuse_without(giver, MANAGE_TEAM, branch_id)
    had, gets = permissions_of(before), permissions_of(after)
    refuse_beyond(giver, had | gets, branch_id)
    if giver.is_super_admin:
        return
    if member.user_id == giver.user_id and gets - had:
        raise Refused(f"You cannot give yourself more rights: {named(gets - had)}.")
    was, becomes = effective(member, before, branch_id), effective(member, after, branch_id)
    refuse_beyond(giver, becomes - was, branch_id)
    from_parent_role = (was - becomes) & standing_of_place(member, None).everywhere
    if from_parent_role and not giver.holds(MANAGE_PARENT_ROLES):
        raise Refused(
            f"{named(from_parent_role)} comes with the parent role {member.role_label};"
            f" taking it away needs “{MANAGE_PARENT_ROLES.label}”."
        )


def permissions_of(place: BranchStanding | None) -> frozenset[str]:
    return place.permissions if place else frozenset()


def effective(member: TeamMember, place: BranchStanding | None, branch_id: int) -> frozenset[str]:
    """All that the member holds on the branch with this place, the parent role included."""
    standing = standing_of_place(member, place)
    return frozenset(code for code in CATALOGUE if standing.holds(code, branch_id))


def standing_of_place(member: TeamMember, place: BranchStanding | None) -> Standing:
    return Standing(
        user_id=member.user_id,
        firm_id=member.firm_id,
        member_id=member.pk,
        parent_role=member.parent_role or None,
        branches={place.branch_id: place} if place else {},
    )


def named(codes: Iterable[str]) -> str:
    """“Create Clients”, “Manage Tags”, “Pause Clients” and 4 more."""
    labels = sorted(f"“{CATALOGUE[code].label}”" for code in codes)
    rest = len(labels) - MOST_NAMED
    if rest > 0:
        return f"{', '.join(labels[:MOST_NAMED])} and {rest} more"
    return " and ".join(filter(None, [", ".join(labels[:-1]), *labels[-1:]]))
