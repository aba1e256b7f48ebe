"""Assignments that reached their agreed end. They open nothing from that instant on (F-240)."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction

from clients.actions.correspondence import keep_each
from clients.actions.events import record_lines
from clients.models import Connection, EventKind, TeamAssignment
from clients.models.assignments import END_REACHED, TeamAssignmentQuerySet, end_words
from practice import clock, tenancy
from practice.actions.outbox import mail_of, post_messages
from practice.emails import site_link
from practice.history import because
from practice.models import Message

BATCH = 1000
WARN_BEFORE = timedelta(days=1)
OF_WINDOW = 6  # of a short one people are warned when a sixth is left


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
    return f"{tie.user}’s assignment ended with {end_words(tie.ends_at)}, as agreed"


def warn_of_ends() -> int:
    """Tell people that their assignment ends soon, once; how many were told."""
    told = last = 0
    while True:
        with tenancy.as_system():
            ties = TeamAssignment.objects.running().filter(
                ends_at__lte=clock.now() + WARN_BEFORE, user__is_active=True, pk__gt=last
            )
            related = ties.select_related("user", "firm", "content_object")
            batch = list(related.order_by("pk")[:BATCH])
            told += tell_near([tie for tie in batch if is_near(tie)])
        if len(batch) < BATCH:
            return told
        last = batch[-1].pk


def is_near(tie: TeamAssignment) -> bool:
    assert tie.ends_at is not None
    before = min(WARN_BEFORE, (tie.ends_at - tie.granted_at) / OF_WINDOW)
    return clock.now() >= tie.ends_at - before


def tell_near(ties: Sequence[TeamAssignment]) -> int:
    keys = {tie.pk: f"assignment-ends:{tie.pk}:{tie.ends_at:%Y%m%d%H%M%S}" for tie in ties}
    said = set(Message.objects.filter(key__in=keys.values()).values_list("key", flat=True))
    new = [tie for tie in ties if keys[tie.pk] not in said]
    written = post_messages([warning(tie, keys[tie.pk]) for tie in new])
    keep_each(zip(written, (tie.content_object for tie in new), strict=True))
    return len(new)


def warning(tie: TeamAssignment, key: str) -> Message:
    words = {"firm_slug": tie.firm.slug, "connection_id": tie.content_object_id}
    link = site_link("clients:client-detail", **words)
    return mail_of(
        "clients/assignment_ending",
        key=key,
        recipient=tie.user.email,
        firm=tie.firm,
        tie=tie,
        connection=tie.content_object,
        link=link,
    )
