"""Assignments that reached their agreed end. They open nothing from that instant on (F-240)."""

from django.db import transaction

from clients.actions.events import record_lines
from clients.actions.limits import in_words
from clients.models import Connection, EventKind, TeamAssignment
from clients.models.assignments import END_REACHED, TeamAssignmentQuerySet
from practice import tenancy
from practice.history import because

BATCH = 1000


def sweep_expired() -> int:
    """Take all of them off the clients, a thousand per transaction; how many there were."""
    total = 0
    while True:
        with tenancy.as_system():
            ended = end_expired(TeamAssignment.objects.all())
        total += ended
        if ended < BATCH:
            return total


@transaction.atomic
def end_expired(ties: TeamAssignmentQuerySet) -> int:
    """Delete at most a thousand of these that are past their end, and say so on the timelines.

    Clients that somebody else has locked wait for the next time.
    """
    due = ties.past_their_end().order_by("pk").values("pk", "content_object_id")[:BATCH]
    found = list(due)
    if not found:
        return 0
    rows = Connection.objects.filter(pk__in={row["content_object_id"] for row in found})
    free = {row.pk: row for row in rows.order_by("pk").select_for_update(skip_locked=True)}
    ended = list(
        TeamAssignment.objects.past_their_end()
        .filter(pk__in=[row["pk"] for row in found], content_object_id__in=free)
        .select_related("user")
    )
    with because(END_REACHED):
        TeamAssignment.objects.filter(pk__in=[tie.pk for tie in ended]).delete()
    lines = ((free[tie.content_object_id], line_of(tie)) for tie in ended)
    record_lines(lines, EventKind.ACCESS)
    return len(ended)


def line_of(tie: TeamAssignment) -> str:
    assert tie.ends_at is not None
    return f"{tie.user}’s assignment ended with {in_words(tie.ends_at)}, as agreed"
