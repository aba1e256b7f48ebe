"""Lines of the timeline, and the activity they count as."""

from datetime import datetime, timedelta

from django.db.models import Q

from clients.models import ActivityEvent, Connection, EventKind
from practice import clock
from practice.models import User

HOUR = timedelta(hours=1)


def record(
    connection: Connection, kind: EventKind, text: str, *, by: User | None = None
) -> ActivityEvent:
    """Add one line to the client's timeline."""
    return ActivityEvent.objects.create(
        firm_id=connection.firm_id, connection=connection, kind=kind, text=text, actor=by
    )


def note_activity(connection: Connection, at: datetime | None = None) -> None:
    """Carry the last activity over to the list's row, to the hour, so that it is written rarely."""
    seen = at or clock.now()
    stale = Q(last_activity_at=None) | Q(last_activity_at__lt=seen - HOUR)
    Connection.objects.filter(stale, pk=connection.pk).update(last_activity_at=seen)
