"""Work on invitations that the clock starts."""

from datetime import timedelta

from invitations.actions.reconnect import expire_due
from practice.actions.schedules import every


@every(minutes=15, past=timedelta(minutes=4))
def expire_reconnections() -> int:
    """Close the invitations to reconnect that nobody answered within seven days (F-080c)."""
    return expire_due()
