"""The moves an invitation may make: one, from pending to how it ended."""

from invitations.roles import InvitationStatus as S
from practice.states import Transitions

INVITATION_TRANSITIONS = Transitions(
    "invitation",
    {S.PENDING: frozenset({S.ACCEPTED, S.EXPIRED, S.REJECTED, S.CANCELLED})},
)
