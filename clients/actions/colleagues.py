"""What several team members hold, read at once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Q

from clients.models import Connection, TeamAssignment
from clients.permissions import VIEW_CLIENT, connection_rules
from practice.auth import standing_with
from practice.models import BranchMembership, TeamMember, User
from practice.permissions import Standing, Verdict


@dataclass(frozen=True)
class Colleague:
    user: User
    standing: Standing


def colleagues(firm_id: int, wanted: Q) -> list[Colleague]:
    """Active members of the firm among those wanted, by name, in two queries.

    Roles alone count here: whether somebody has set up a second factor changes from day to day.
    """
    active = TeamMember.objects.filter(wanted, firm_id=firm_id, is_active=True)
    members = list(active.select_related("user").order_by("user__full_name", "pk"))
    places: dict[int, list[tuple[object, ...]]] = defaultdict(list)
    rows = BranchMembership.objects.filter(member__in=members, branch__is_archived=False)
    for member_id, *place in rows.values_list(
        "member_id", "branch_id", "branch__name", "role", "added", "withdrawn"
    ):
        places[member_id].append(tuple(place))
    return [Colleague(one.user, standing_with(one, places[one.pk])) for one in members]


def standings_of(firm_id: int, user_ids: Iterable[int]) -> dict[int, Standing]:
    """By user id; who works here no longer is left out."""
    found = colleagues(firm_id, Q(user_id__in=list(user_ids)))
    return {one.user.pk: one.standing for one in found}


def who_sees(connection: Connection, wanted: Q | None = None) -> list[User]:
    """The active people of the firm who may see the client, by name, in three queries."""
    ties = TeamAssignment.objects.running().filter(content_object=connection)
    roles = dict(ties.order_by().values_list("user_id", "role"))
    people = colleagues(connection.firm_id, Q(user__is_active=True) & (wanted or Q()))
    return [one.user for one in people if sees(one.standing, connection, roles.get(one.user.pk))]


def sees(standing: Standing, connection: Connection, tie_role: str | None) -> bool:
    facts = replace(connection.facts_for(None), tie_role=tie_role)
    return Verdict.of(connection_rules(standing, facts, VIEW_CLIENT)).allowed
