"""What all invitations have in common: they wait, and they end by themselves."""

from typing import Any

from invitations.roles import InvitationStatus
from practice import clock


class Answerable:
    """`ends_at` is when it ended; while it waits, when it will by itself."""

    status: Any
    ends_at: Any

    @property
    def outcome(self) -> InvitationStatus:
        """The status as the clock has it: nobody has to come by for an invitation to expire."""
        status = InvitationStatus(self.status)
        is_overdue = status == InvitationStatus.PENDING and self.ends_at <= clock.now()
        return InvitationStatus.EXPIRED if is_overdue else status

    @property
    def is_pending(self) -> bool:
        return self.outcome == InvitationStatus.PENDING
