"""Links of invitations: signed, so that nothing secret is stored, and void with the next nonce.

The mailed link proves that its holder reads the mailbox. The one that is shown for copying works as
well, and proves nothing: whoever invites could otherwise prove an address that is not theirs.
"""

from dataclasses import dataclass
from typing import Self

from django.core.signing import BadSignature, Signer

from practice.emails import site_link

SALTS = {True: "invitations.team.mailed", False: "invitations.team.shown"}


@dataclass(frozen=True)
class TeamLink:
    """What a link says: which invitation, at which sending, and whether it came by mail."""

    invitation_id: int
    nonce: str
    is_mailed: bool

    @classmethod
    def read(cls, token: str) -> Self | None:
        """None for what we did not sign."""
        for is_mailed in SALTS:
            try:
                invitation_id, _, nonce = signer(is_mailed).unsign(token).partition("-")
            except BadSignature:
                continue
            return cls(int(invitation_id), nonce, is_mailed)
        return None

    @property
    def token(self) -> str:
        return signer(self.is_mailed).sign(f"{self.invitation_id}-{self.nonce}")

    @property
    def url(self) -> str:
        return site_link("invitations:team-join", invite=self.token)


def signer(is_mailed: bool) -> Signer:
    return Signer(salt=SALTS[is_mailed], sep=".")
