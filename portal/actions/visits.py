"""When contacts were last in the portal of a client (F-152)."""

from datetime import timedelta

from clients.models import ContactAccess
from practice import clock, tenancy
from practice.models import User

SEEN_AFTER = timedelta(hours=1)


def note_visit(access: ContactAccess, user: User) -> None:
    """To the hour, so that it is written rarely."""
    now = clock.now()
    if access.last_seen_at and access.last_seen_at > now - SEEN_AFTER:
        return
    with tenancy.in_firm(access.firm_id, user.pk):
        ContactAccess.objects.filter(pk=access.pk).update(last_seen_at=now)
