"""The two links of a handover pack: signed, so that nothing secret is stored (F-244)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from django.core.signing import BadSignature, Signer

from clients.models.handover import HandoverPack


class Purpose(StrEnum):
    CONSENT = "consent"  # mailed to the client
    DOWNLOAD = "download"  # mailed to the successor once the client has consented


@dataclass(frozen=True)
class PackLink:
    """Which pack, for what, and with which nonce: a revoked link's is never valid again."""

    pack_id: int
    nonce: str
    purpose: Purpose

    @classmethod
    def of(cls, pack: HandoverPack, purpose: Purpose) -> Self:
        return cls(pack.pk, pack.nonce, purpose)

    @classmethod
    def read(cls, token: str, purpose: Purpose) -> Self | None:
        """None for what we did not sign for this purpose."""
        try:
            pack_id, _, nonce = signer(purpose).unsign(token).partition("-")
        except BadSignature:
            return None
        return cls(int(pack_id), nonce, purpose)

    @property
    def token(self) -> str:
        return signer(self.purpose).sign(f"{self.pack_id}-{self.nonce}")


def signer(purpose: Purpose) -> Signer:
    return Signer(salt=f"clients.handover.{purpose}", sep=".")
