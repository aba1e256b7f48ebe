"""What follows here from news of the apps below."""

from typing import Any

from django.dispatch import receiver

from clients.models import Connection
from clients.signals import ownership_transferred
from invitations.actions.reconnect import offer_after_transfer
from practice.models import User


@receiver(ownership_transferred, sender=Connection)
def offer_client_pays(*, connection: Connection, started_by: User | None, **_: Any) -> None:
    """The client that pays for itself may connect anew by an invitation of the firm (F-084)."""
    offer_after_transfer(connection, started_by=started_by)
