"""Who was invited, to what, and what became of it."""

from invitations.models.branch_link import BranchLink
from invitations.models.client import ClientInvitation
from invitations.models.external import ExternalInvitation
from invitations.models.reconnect import ReconnectInvitation
from invitations.models.referral import ReferralLink, ReferralSignUp
from invitations.models.setup import ClientSetup
from invitations.models.team import TeamInvitation

__all__ = [
    "BranchLink",
    "ClientInvitation",
    "ClientSetup",
    "ExternalInvitation",
    "ReconnectInvitation",
    "ReferralLink",
    "ReferralSignUp",
    "TeamInvitation",
]
