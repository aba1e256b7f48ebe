"""Lines of the timeline, and the activity they count as."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection as database
from django.db.models import Q

from clients.models import ActivityEvent, Connection, EventKind
from practice import clock
from practice.models import User

HOUR = timedelta(hours=1)
SEEN = """
UPDATE clients_connection c SET last_activity_at = v.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS v(id, at)
WHERE c.id = v.id AND (c.last_activity_at IS NULL OR c.last_activity_at < v.at - %s::interval)
"""
LINES = """
INSERT INTO clients_activityevent (firm_id, connection_id, kind, text, actor_id, at)
SELECT firm_id, connection_id, %(kind)s, text, %(by)s::bigint, %(at)s
FROM unnest(%(firms)s::bigint[], %(ids)s::bigint[], %(texts)s::text[]) WITH ORDINALITY
  AS line(firm_id, connection_id, text, place)
ORDER BY place
"""
LONGEST = 400  # characters of a line: two long names fit, not two of the longest


def record(
    connection: Connection, kind: EventKind, text: str, *, by: User | None = None
) -> ActivityEvent:
    """Add one line to the client's timeline."""
    return ActivityEvent.objects.create(
        firm_id=connection.firm_id, connection=connection, kind=kind, text=text[:LONGEST], actor=by
    )


def record_many(
    connections: Iterable[Connection], kind: EventKind, text: str, *, by: User | None = None
) -> None:
    """The same line on the timelines of several clients, in one statement."""
    record_lines(((connection, text) for connection in connections), kind, by=by)


def record_lines(
    lines: Iterable[tuple[Connection, str]],
    kind: EventKind,
    *,
    by: User | None = None,
    at: datetime | None = None,
) -> None:
    """A line for each pair, in one statement."""
    told = [(row.firm_id, row.pk, text[:LONGEST]) for row, text in lines]
    if not told:
        return
    firms, ids, texts = map(list, zip(*told, strict=True))
    words: dict[str, Any] = {"firms": firms, "ids": ids, "texts": texts}
    facts: dict[str, Any] = {"kind": kind.value, "by": by.pk if by else None}
    with database.cursor() as cursor:
        cursor.execute(LINES, {**words, **facts, "at": at or clock.now()})


def note_activity(connection: Connection, at: datetime | None = None) -> None:
    """Carry the last activity over to the list's row, to the hour, so that it is written rarely."""
    seen = at or clock.now()
    stale = Q(last_activity_at=None) | Q(last_activity_at__lt=seen - HOUR)
    Connection.objects.filter(stale, pk=connection.pk).update(last_activity_at=seen)


def note_activities(seen: Mapping[int, datetime]) -> None:
    """The same of many clients, by id, in one statement. Whoever asks has locked them."""
    if seen:
        with database.cursor() as cursor:
            cursor.execute(SEEN, [list(seen), list(seen.values()), str(HOUR)])
