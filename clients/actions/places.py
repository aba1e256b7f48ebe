"""Which clients an assignment is about, and whether the people belong there."""

from collections.abc import Iterable, Sequence

from clients.models import Connection
from practice.errors import Refused
from practice.models import BranchMembership, Firm, TeamMember, User


def lock_clients(connection_ids: Iterable[int]) -> list[Connection]:
    """The firm first, as changes of the team lock it, then the clients in the order of their ids.

    Raises `Refused` for an id that is nobody's, or another firm's.
    """
    ids = set(connection_ids)
    rows = Connection.objects.filter(pk__in=ids).order_by("pk")
    firm_ids = sorted(rows.order_by().values_list("firm_id", flat=True).distinct())
    if len(firm_ids) > 1:
        raise Refused("These clients belong to different firms.")
    list(Firm.objects.filter(pk__in=firm_ids).select_for_update(no_key=True))
    locked = list(rows.select_related("branch").select_for_update(of=("self",)))
    if len(locked) < len(ids):
        raise Refused("One of these clients does not exist.")
    return locked


def refuse_strangers(pairs: Sequence[tuple[Connection, User]]) -> None:
    """New people must work on the client's branch, or at the firm in a parent role (F-056a)."""
    for says in strangers(pairs).values():
        raise Refused(says)


def strangers(pairs: Sequence[tuple[Connection, User]]) -> dict[tuple[int, int], str]:
    """Why some may not be assigned, by connection and user: they do not work on its branch."""
    if not pairs:
        return {}
    firm_id, user_ids = pairs[0][0].firm_id, {user.pk for _, user in pairs}
    members = TeamMember.objects.filter(
        firm_id=firm_id, user_id__in=user_ids, is_active=True, user__is_active=True
    )
    everywhere = set(members.exclude(parent_role="").values_list("user_id", flat=True))
    places = BranchMembership.objects.filter(member__in=members)
    placed = set(places.values_list("member__user_id", "branch_id"))
    return {
        (connection.pk, user.pk): f"{user} does not work on branch {connection.branch.name}, so"
        f" {connection.name} cannot be given to them."
        for connection, user in pairs
        if user.pk not in everywhere and (user.pk, connection.branch_id) not in placed
    }
