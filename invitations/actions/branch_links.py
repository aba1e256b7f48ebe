"""Rotating a branch's Client Pays link, and switching it off and on (F-108, C9)."""

from django.db import transaction

from clients import permissions as p
from invitations.models import BranchLink
from practice import clock
from practice.actions.limits import refuse_without, standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import Branch, User

CHANGED = "Somebody else changed this link a moment ago. Look at it as it is now."


@transaction.atomic
def rotate_branch_link(branch: Branch, *, by: User, number: int) -> BranchLink:
    """A new link, which is on; all earlier ones are void from now on.

    `number` is that of the link as the person saw it: of two clicks the second changes nothing.
    """
    with because("Rotated the Client Pays link: the earlier one is void.", by=by):
        link = locked(branch, by)
        if link.number != number:
            raise Refused(CHANGED)
        return changed(link, by, number=link.number + 1, is_on=True)


@transaction.atomic
def switch_branch_link(branch: Branch, *, by: User, is_on: bool) -> BranchLink:
    """Off, nobody can use it; on again, it is the same link as before."""
    says = "Switched the Client Pays link on." if is_on else "Switched the Client Pays link off."
    with because(says, by=by):
        link = locked(branch, by)
        return link if link.is_on == is_on else changed(link, by, is_on=is_on)


def locked(branch: Branch, by: User) -> BranchLink:
    """Behind the branch; raises `Refused` for whoever may not add clients to it, as of now."""
    link = BranchLink.objects.locked(branch)
    refuse_without(standing_now(by, branch.firm_id), p.CREATE_CLIENTS, branch.pk)
    return link


def changed(link: BranchLink, by: User, **facts: int) -> BranchLink:
    for name, value in facts.items():
        setattr(link, name, value)
    link.changed_by, link.changed_at = by, clock.now()
    link.save(update_fields=[*facts, "changed_by", "changed_at"])
    return link
