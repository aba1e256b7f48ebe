"""Work on invitations that the clock starts."""

from datetime import timedelta

from invitations.actions import client, external, reconnect
from practice.actions.jobs import handles
from practice.actions.schedules import every
from practice.models import Job


@every(minutes=15, past=timedelta(minutes=4))
def expire_reconnections() -> int:
    """Close the invitations to reconnect that nobody answered within seven days (F-080c)."""
    return reconnect.expire_due()


@every(minutes=15, past=timedelta(minutes=9))
def expire_client_invitations() -> int:
    """Close the invitations of clients that no branch answered within thirty days (F-111)."""
    return client.expire_due()


@handles(external.JOB)
def deliver_invitation(job: Job) -> None:
    """Hand an invitation from External Access to its branch; the key is its id (F-114)."""
    external.deliver(int(job.key))
