"""Invitations among a client account's own data (F-221)."""

from collections.abc import Iterator, Sequence

from clients.models import ClientAccount
from clients.models.own_data import OwnData, register
from invitations.models.client import ClientInvitation
from invitations.models.external import ExternalInvitation
from invitations.models.reconnect import ReconnectInvitation
from invitations.roles import InvitationSource

HEADER = ("Way", "Firm or address", "Sent", "Status", "Ended or ends", "Consent by", "Message")


def of_invitations(account: ClientAccount) -> Iterator[Sequence[object]]:
    """Those that the owner sent, by address and by a branch's link; then those of firms."""
    for sent in ExternalInvitation.objects.of(account):
        ends_at = sent.withdrawn_at or (sent.invitation or sent).ends_at
        told = ("External Access", sent.email, sent.created_at, sent.outcome.label, ends_at)
        yield *told, sent.consented_name, sent.message
    by_link = ClientInvitation.objects.filter(account=account, source=InvitationSource.LINK)
    for row in by_link.select_related("firm").order_by("-created_at", "-pk"):
        told = ("Link", row.firm.name, row.created_at, row.outcome.label, row.ends_at)
        yield *told, row.consented_name, row.message
    asked = ReconnectInvitation.objects.filter(connection__account=account)
    for one in asked.select_related("firm").order_by("-created_at", "-pk"):
        told = ("From the firm", one.firm.name, one.created_at, one.outcome.label, one.ends_at)
        yield *told, one.accepted_name, ""


register(OwnData("invitations", "Invitations", HEADER, of_invitations))
