"""Who was in the portal of a client when: contacts, and staff who preview it (F-152, F-185b)."""

from datetime import timedelta

from clients.models import ContactAccess
from clients.models.ledger import window_of
from portal.models import PortalPreview
from practice import clock, tenancy
from practice.history import because
from practice.models import User

SEEN_AFTER = timedelta(hours=1)


def note_visit(access: ContactAccess, user: User) -> None:
    """To the hour, so that it is written rarely."""
    now = clock.now()
    if access.last_seen_at and access.last_seen_at > now - SEEN_AFTER:
        return
    with tenancy.in_firm(access.firm_id, user.pk):
        ContactAccess.objects.filter(pk=access.pk).update(last_seen_at=now)


def note_preview(access: ContactAccess, user: User) -> None:
    """On record as the colleague, never as the contact; again within a quarter of an hour it is
    the same look."""
    now = clock.now()
    look = PortalPreview(
        firm_id=access.firm_id,
        connection_id=access.connection_id,
        contact_id=access.contact_id,
        user=user,
        at=now,
        window=window_of(now),
    )
    reason = "Looked at the portal as the contact sees it."
    with tenancy.in_firm(access.firm_id, user.pk), because(reason, by=user):
        PortalPreview.objects.bulk_create([look], ignore_conflicts=True)
