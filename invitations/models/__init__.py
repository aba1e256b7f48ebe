"""Who was invited, to what, and what became of it."""

from invitations.models.team import TeamInvitation

__all__ = ["TeamInvitation"]
