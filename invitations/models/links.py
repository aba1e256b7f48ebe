"""Links of invitations: signed, so that nothing secret is stored, and void with the next nonce.

The mailed link proves that its holder reads the mailbox. The one that is shown for copying works as
well, and proves nothing: whoever invites could otherwise prove an address that is not theirs.
"""

from dataclasses import dataclass
from typing import ClassVar, Self

from django.core.signing import BadSignature, Signer

from invitations.models.branch_link import BranchLink
from practice.emails import site_link


@dataclass(frozen=True)
class InvitationLink:
    """What a link says: which invitation, at which sending, and whether it came by mail.

    The salts of each kind are its own: the link of one opens no page of another.
    """

    invitation_id: int
    nonce: str
    is_mailed: bool

    salts: ClassVar[dict[bool, str]]
    page: ClassVar[str]

    @classmethod
    def read(cls, token: str) -> Self | None:
        """None for what we did not sign."""
        for is_mailed in cls.salts:
            try:
                invitation_id, _, nonce = cls.signer(is_mailed).unsign(token).partition("-")
            except BadSignature:
                continue
            return cls(int(invitation_id), nonce, is_mailed)
        return None

    @classmethod
    def signer(cls, is_mailed: bool) -> Signer:
        return Signer(salt=cls.salts[is_mailed], sep=".")

    @property
    def token(self) -> str:
        return self.signer(self.is_mailed).sign(f"{self.invitation_id}-{self.nonce}")

    @property
    def url(self) -> str:
        return site_link(self.page, invite=self.token)


class TeamLink(InvitationLink):
    """To work at a firm."""

    salts = {True: "invitations.team.mailed", False: "invitations.team.shown"}
    page = "invitations:team-join"


class ConnectLink(InvitationLink):
    """To become a Client Pays client of a branch: its id stands for the invitation's, and the
    number of its link (`BranchLink`) for the nonce."""

    salts = {False: "invitations.connect.shown"}
    page = "invitations:connect"

    @classmethod
    def of(cls, link: BranchLink) -> Self:
        return cls(link.branch_id, str(link.number), is_mailed=False)


class ReferralUrl(InvitationLink):
    """To register at Countinghouse; its id is that of a `ReferralLink`, which has no nonce."""

    salts = {False: "invitations.referral.shown"}
    page = "invitations:refer"

    @classmethod
    def of(cls, link_id: int) -> Self:
        return cls(link_id, "", is_mailed=False)

    @property
    def url(self) -> str:
        return site_link(self.page, referral=self.token)


class ReconnectLink(InvitationLink):
    """To connect a company with a firm once more."""

    salts = {True: "invitations.reconnect.mailed", False: "invitations.reconnect.shown"}
    page = "invitations:reconnect"
