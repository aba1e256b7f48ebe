"""How every invitation ends: once, and with the moment."""

from typing import Any

from invitations.roles import InvitationStatus
from invitations.states import INVITATION_TRANSITIONS
from practice import clock


def close(invitation: Any, status: InvitationStatus, **facts: Any) -> None:
    """The caller holds its lock and explains. Raises `Refused` unless it was pending."""
    INVITATION_TRANSITIONS.check(invitation.outcome, status)
    facts |= {"status": status, "ends_at": clock.now()}
    for name, value in facts.items():
        setattr(invitation, name, value)
    invitation.save(update_fields=list(facts))
