"""Somebody leaves the firm: their clients pass to colleagues or lose the assignment (F-241)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from clients.actions.assignments import assign_people
from clients.actions.events import record_many
from clients.actions.places import lock_clients
from clients.models import Connection, EventKind, TeamAssignment
from clients.models.assignments import is_later
from clients.roles import ClientRole, ConnectionStatus
from practice.actions.limits import lock_rights
from practice.actions.team import deactivate_member
from practice.errors import Refused
from practice.history import because
from practice.models import TeamMember, User

RANK = {ClientRole.VIEW_ONLY: 0, ClientRole.LIMITED: 1, ClientRole.FULL: 2}
Group = tuple[int, str, datetime | None]  # heir, role, end


@dataclass(frozen=True)
class Offboarded:
    """How many assignments ended, and at how many of those clients a colleague carries on."""

    ended: int
    passed_on: int


@transaction.atomic
def offboard_member(
    member: TeamMember, heirs: Mapping[int, int], *, by: User, reason: str
) -> Offboarded:
    """End somebody's work at the firm; `heirs` (branch id → user id) take over their clients.

    A colleague takes the role and end date of the leaver, unless theirs is higher or longer. Only
    assignments to active clients pass on; all the others end. Raises `Refused`, and changes
    nothing, when the last Super Admin would leave or somebody lacks the right to give or receive.
    """
    lock_rights(member.firm_id)
    if not TeamMember.objects.filter(pk=member.pk, is_active=True).exists():
        raise Refused(f"{member} no longer works at this firm.")
    ties = running_ties(member)
    passed = pass_on(ties, heirs, leaver=member.user, by=by)
    primary = [tie for tie in ties if tie.is_primary and tie.content_object_id in passed]
    deactivate_member(member, by=by, reason=reason)
    for heir in set(heirs.values()):
        ids = [t.content_object_id for t in primary if passed[t.content_object_id] == heir]
        make_primary(ids, heir, by=by)
    return Offboarded(len(ties), len(passed))


def running_ties(member: TeamMember) -> list[Any]:
    """Locked with their clients, all at once and in order, before anything is done to some."""
    ties = TeamAssignment.objects.of(member.user_id, member.firm_id)
    clients = lock_clients(ties.order_by().values_list("content_object_id", flat=True))
    found = ties.filter(content_object__in=[row.pk for row in clients])
    return list(found.select_related("content_object").order_by("content_object_id"))


def pass_on(
    ties: Iterable[Any], heirs: Mapping[int, int], *, leaver: User, by: User
) -> dict[int, int]:
    """Client id → the colleague who carries on; one set of assignments per role and end."""
    chosen = {tie.content_object_id: heir_of(tie, heirs) for tie in ties}
    passed = {client: heir for client, heir in chosen.items() if heir}
    own = {
        (tie.content_object_id, tie.user_id): tie
        for tie in TeamAssignment.objects.running().filter(
            content_object__in=passed, user_id__in=set(passed.values())
        )
    }
    groups: dict[Group, list[int]] = defaultdict(list)
    for tie in ties:
        heir = passed.get(tie.content_object_id)
        if heir and is_more(tie, own.get((tie.content_object_id, heir))):
            groups[heir, tie.role, tie.ends_at].append(tie.content_object_id)
    for (heir, role, ends_at), ids in groups.items():
        why = f"Taken over from {leaver}."
        assign_people(ids, {heir: ClientRole(role)}, by=by, reason=why, ends_at=ends_at)
    return passed


def heir_of(tie: Any, heirs: Mapping[int, int]) -> int | None:
    if tie.content_object.status != ConnectionStatus.ACTIVE:
        return None
    return heirs.get(tie.content_object.branch_id)


def is_more(tie: Any, own: Any) -> bool:
    """Whether the leaver's assignment gives the colleague more than their own does."""
    if own is None:
        return True
    if RANK[own.role] >= RANK[tie.role]:
        return own.role == tie.role and is_later(tie.ends_at, own.ends_at)
    return not is_later(own.ends_at, tie.ends_at)


def make_primary(connection_ids: list[int], user_id: int, *, by: User) -> None:
    """For clients that have no primary accountant any more (F-061)."""
    if not connection_ids:
        return
    person = User.objects.get(pk=user_id)
    says = f"{person} is now the primary accountant"
    ties = TeamAssignment.objects.filter(content_object__in=connection_ids, user_id=user_id)
    with because(f"{says}.", by=by):
        ties.update(is_primary=True)
    rows = list(Connection.objects.filter(pk__in=connection_ids))
    record_many(rows, EventKind.ACCESS, says, by=by)
