"""On what grounds a person could open a client at an instant, since when, and who gave them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from clients import permissions as p
from clients.roles import ClientRole
from practice.models.past import Change, PersonPast, since
from practice.permissions import BRANCH_ROLE_GRANTS, Permission
from practice.roles import BranchRole, ParentRole


@dataclass(frozen=True)
class Way:
    """One ground: open since the last of what it took, by whoever made that change."""

    words: str
    since: datetime
    by_id: int | None
    reason: str

    @classmethod
    def of(cls, words: str, *causes: Change) -> "Way":
        last = max(causes, key=lambda row: row.history_date)
        given = getattr(last, "reason", "") if last.history_type == "+" else ""
        reason = given or last.history_change_reason or ""
        return cls(words, last.history_date, last.history_user_id, reason)


def ways(
    person: PersonPast, client: list[Change], tie: list[Change] | None, branch_name: str
) -> list[Way]:
    """What opens the client, the strongest first. The person is known to have been let in."""
    by_role, by_tie = way_by_role(person, client, branch_name), way_by_tie(person, client, tie)
    if client[-1].is_restricted and not person.standing.is_super_admin:
        return list(by_tie)
    return [*by_role, *by_tie]


def way_by_role(person: PersonPast, client: list[Change], branch_name: str) -> Iterator[Way]:
    """View All Clients: by parent role, by branch role, or added to it."""
    standing, here = person.standing, client[-1].branch_id
    if not standing.holds(p.VIEW_ALL_CLIENTS, here):
        return
    employed = since(person.membership, lambda row: row.is_active)
    if standing.parent_role and p.VIEW_ALL_CLIENTS in standing.everywhere:
        role = since(person.membership, lambda row: row.parent_role == standing.parent_role)
        arrived = since(client, as_restricted(client, standing.is_super_admin))
        yield Way.of(str(ParentRole(standing.parent_role).label), role, employed, arrived)
        return
    place, restricted = person.on_branch[here], as_restricted(client, False)
    began = since(place, lambda row: gives(row, p.VIEW_ALL_CLIENTS) and row.role == place[-1].role)
    arrived = since(client, lambda row: row.branch_id == here and restricted(row))
    yield Way.of(role_words(place[-1], branch_name), began, employed, arrived)


def way_by_tie(person: PersonPast, client: list[Change], tie: list[Change] | None) -> Iterator[Way]:
    """The assignment, with what lets an assignment count: the branch, or work across branches."""
    if tie is None:
        return
    granted = since(tie, lambda row: row.role == tie[-1].role)
    causes = [granted, since(person.membership, lambda row: row.is_active)]
    here = person.on_branch.get(client[-1].branch_id)
    if here and gives(here[-1], p.VIEW_ASSIGNED_CLIENTS):
        causes.append(since(here, lambda row: gives(row, p.VIEW_ASSIGNED_CLIENTS)))
    yield Way.of(f"Assigned as {ClientRole(tie[-1].role).label}", *causes)


def role_words(place: Change, branch_name: str) -> str:
    """Owner on London; or Member on London, with “View All Clients”."""
    role = BranchRole(place.role)
    if p.VIEW_ALL_CLIENTS in BRANCH_ROLE_GRANTS[role]:
        return f"{role.label} on {branch_name}"
    return f"{role.label} on {branch_name}, with “{Permission.label_of(p.VIEW_ALL_CLIENTS)}”"


def gives(place: Change, permission: str) -> bool:
    """Whether a role on a branch, with what was added and withdrawn, included the permission."""
    held = BRANCH_ROLE_GRANTS[place.role] | set(place.added)
    return permission in held - set(place.withdrawn)


def as_restricted(client: list[Change], is_super_admin: bool) -> Callable[[Change], bool]:
    """Restriction decides for everybody but a Super Admin."""
    return lambda row: is_super_admin or row.is_restricted == client[-1].is_restricted
