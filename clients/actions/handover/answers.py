"""What strangers do by the links: the client answers, the successor downloads (F-244).

They belong to no firm, so each enters the firm of the pack for as long as it takes.
"""

from typing import IO

from django.db.models import F

from clients.actions.correspondence import keep_messages
from clients.actions.events import record
from clients.actions.handover.links import set_facts
from clients.actions.handover.starting import open_file
from clients.models import EventKind
from clients.models.handover import LINK_LASTS, HandoverPack, LinkState
from clients.models.handover_links import PackLink, Purpose
from practice import clock, tenancy
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import TeamMember
from practice.templatetags.wording import moment_words
from practice.text import tidy

REPLACED = "This link is no longer valid: it was taken back, or a newer one was sent."
REVOKED = "This link is no longer valid: the firm has taken it back."
UNANSWERED = "This request has expired: it could be answered for 30 days. Ask the firm again."
NOT_CONSENTED = "The client has not consented to this handover yet, so nothing can be downloaded."
EXPIRED = "This link has expired: it was valid for seven days. Ask the firm for a new one."
GIVEN = "Consent was given already, by {}. There is nothing more to do."
DECLINED = "This handover was declined, by {}. The firm would have to ask anew."
FILE_GONE = "The file is no longer on the firm’s server. Ask the firm for a new pack."
SAY_WHO = "Enter your name."


def find_pack(link: PackLink) -> HandoverPack | None:
    """The one row that the link is signed for: its holder is a stranger to the firm."""
    with tenancy.as_system():
        rows = HandoverPack.objects.select_related("connection__branch", "firm")
        return rows.filter(pk=link.pack_id).first()


def why_no_consent(pack: HandoverPack, link: PackLink) -> str:
    """ "" while the client can answer."""
    if pack.nonce != link.nonce:
        return REPLACED
    return {
        LinkState.NONE: REPLACED,
        LinkState.REVOKED: REVOKED,
        LinkState.DECLINED: DECLINED.format(pack.declined_by),
        LinkState.UNANSWERED: UNANSWERED,
        LinkState.OPEN: GIVEN.format(pack.consented_by),
        LinkState.EXPIRED: GIVEN.format(pack.consented_by),
    }.get(pack.link_state, "")


def why_no_download(pack: HandoverPack, link: PackLink) -> str:
    """ "" while the successor can download."""
    if pack.nonce != link.nonce:
        return REPLACED
    return {
        LinkState.NONE: NOT_CONSENTED,
        LinkState.ASKED: NOT_CONSENTED,
        LinkState.DECLINED: NOT_CONSENTED,
        LinkState.UNANSWERED: NOT_CONSENTED,
        LinkState.REVOKED: REVOKED,
        LinkState.EXPIRED: EXPIRED,
    }.get(pack.link_state, "")


def give_consent(pack: HandoverPack, link: PackLink, *, name: str) -> HandoverPack:
    """The client says yes, by name; the successor gets the link, for seven days."""
    name = tidy(name)
    with tenancy.in_firm(pack.firm_id):
        pack = locked_unanswered(pack, link, name)
        now = clock.now()
        with because("The client consented to the handover."):
            set_facts(pack, consented_at=now, consented_by=name, ends_at=now + LINK_LASTS)
        line = f"{name} consented, for the client, to a handover to {pack.successor_name}"
        record(pack.connection, EventKind.ACCESS, line)
        tell_successor(pack)
    return pack


def decline_consent(pack: HandoverPack, link: PackLink, *, name: str) -> HandoverPack:
    """The client says no, by name; the link is dead, and the firm is told."""
    name = tidy(name)
    with tenancy.in_firm(pack.firm_id):
        pack = locked_unanswered(pack, link, name)
        with because("The client declined the handover."):
            set_facts(pack, declined_at=clock.now(), declined_by=name)
        line = f"{name} declined, for the client, a handover to {pack.successor_name}"
        record(pack.connection, EventKind.ACCESS, line)
        tell_firm(pack)
    return pack


def locked_unanswered(pack: HandoverPack, link: PackLink, name: str) -> HandoverPack:
    """Raises `Refused` where the client cannot answer any more, or does not say who it is."""
    if not name:
        raise Refused(SAY_WHO)
    pack = HandoverPack.objects.locked(pack.pk)
    if says := why_no_consent(pack, link):
        raise Refused(says)
    return pack


def tell_firm(pack: HandoverPack) -> None:
    """Who asked; where they have left, their branch."""
    branch, asker = pack.connection.branch, pack.asked_by
    here = TeamMember.objects.filter(firm_id=pack.firm_id, is_active=True, user=asker)
    message = post_mail(
        "clients/handover_declined",
        key=f"handover-declined:{pack.pk}:{pack.nonce}",
        recipient=asker.email if asker and here.exists() else branch.email,
        firm=pack.firm,
        pack=pack,
        link=site_link(
            "clients:handover-detail",
            firm_slug=pack.firm.slug,
            connection_id=pack.connection_id,
            pack_id=pack.pk,
        ),
    )
    keep_messages([message], [pack.connection])


def tell_successor(pack: HandoverPack) -> None:
    token = PackLink.of(pack, Purpose.DOWNLOAD).token
    assert pack.ends_at is not None
    message = post_mail(
        "clients/handover_link",
        key=f"handover-link:{pack.pk}:{pack.nonce}",
        recipient=pack.successor_email,
        firm=pack.firm,
        pack=pack,
        until=f"{moment_words(pack.ends_at)} UTC",
        verify=site_link("clients:handover-verify"),
        link=site_link("clients:successor", pack=token),
    )
    keep_messages([message], [pack.connection])


def take_pack(pack: HandoverPack, link: PackLink) -> IO[bytes]:
    """The file for the successor: counted, and on the timeline. Raises `Refused` otherwise."""
    with tenancy.in_firm(pack.firm_id):
        pack = HandoverPack.objects.locked(pack.pk)
        if says := why_no_download(pack, link):
            raise Refused(says)
        file = open_file(pack, FILE_GONE)
        with because("The successor downloaded the handover pack."):
            set_facts(pack, downloads=F("downloads") + 1, last_download_at=clock.now())
        line = f"{pack.successor_name} downloaded the handover pack by the link"
        record(pack.connection, EventKind.ACCESS, line)
    return file
