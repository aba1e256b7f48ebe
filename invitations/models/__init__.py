"""Who was invited, to what, and what became of it."""

from invitations.models.reconnect import ReconnectInvitation
from invitations.models.team import TeamInvitation

__all__ = ["ReconnectInvitation", "TeamInvitation"]
