"""Who works for which client: giving, changing and ending assignments, one or thousands."""

from collections.abc import Iterable

from django.db import transaction

from clients.actions.events import record_many
from clients.models import Connection, EventKind, TeamAssignment
from practice.history import because
from practice.models import User


@transaction.atomic
def end_assignments(
    firm_id: int,
    user_id: int,
    *,
    by: User | None,
    reason: str,
    branch_ids: Iterable[int] | None = None,
    connection_ids: Iterable[int] | None = None,
) -> int:
    """End one person's assignments: all of them, or those on some branches or clients.

    Takes effect on the person's next request (S0.31). Returns how many ended.
    """
    ties = TeamAssignment.objects.filter(firm_id=firm_id, user_id=user_id)
    if branch_ids is not None:
        ties = ties.filter(content_object__branch_id__in=list(branch_ids))
    if connection_ids is not None:
        ties = ties.filter(content_object_id__in=list(connection_ids))
    ended = list(ties.values_list("content_object_id", flat=True))
    connections = list(Connection.objects.filter(pk__in=ended).order_by("pk").select_for_update())
    person = User.objects.get(pk=user_id)
    with because(reason, by=by):
        ties.filter(content_object_id__in=ended).delete()
    record_many(connections, EventKind.ACCESS, f"{person} is no longer assigned", by=by)
    return len(ended)
