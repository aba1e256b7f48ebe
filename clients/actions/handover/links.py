"""The successor's link: the firm asks the client for its consent, or takes it back (F-244)."""

from dataclasses import dataclass

from django.db import transaction

from clients.actions.correspondence import keep_messages
from clients.actions.events import record
from clients.actions.handover.starting import NOT_MADE, refuse_beyond
from clients.models import ClientAccount, Connection, Contact, ContactAccess, EventKind
from clients.models.handover import HandoverPack, new_nonce
from clients.models.handover_links import PackLink, Purpose
from practice import clock, tenancy
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.text import fold, tidy

NOBODY = (
    "There is nobody to ask: the account has no owner, and no primary contact with an email"
    " address. The client’s consent comes first."
)
HAS_LINK = "There is a link for this pack already. Revoke it first."
NO_LINK = "There is no link to revoke."
SAME = "The consent is the client’s: it cannot come from the address that the pack goes to."


@dataclass(frozen=True)
class Asked:
    """Who consents for the client."""

    name: str
    email: str
    contact: Contact | None = None


def asked_person(connection: Connection) -> Asked | None:
    """The account's owner; without one, the primary contact. None where neither can be mailed.

    A firm that is disconnected reads the account no more: the system looks for it.
    """
    with tenancy.as_system():
        accounts = ClientAccount.objects.select_related("owner")
        owner = accounts.get(pk=connection.account_id).owner
    if owner and owner.is_active:
        return Asked(str(owner), owner.email)
    primary = ContactAccess.objects.filter(connection=connection, is_primary=True)
    tick = primary.select_related("contact").exclude(contact__email="").first()
    return Asked(tick.contact.name, tick.contact.email, tick.contact) if tick else None


@transaction.atomic
def ask_consent(pack: HandoverPack, *, by: User, name: str, email: str) -> HandoverPack:
    """Mail the client: shall this successor get the pack?

    Raises `Refused` before it is made, while another link runs, or where nobody can be asked.
    """
    pack = HandoverPack.objects.locked(pack.pk)
    refuse_beyond(pack, by)
    if not pack.finished_at:
        raise Refused(NOT_MADE)
    if pack.has_link:
        raise Refused(HAS_LINK)
    person = asked_person(pack.connection)
    if person is None:
        raise Refused(NOBODY)
    if fold(person.email) == fold(email):
        raise Refused(SAME)
    begin_anew(pack, person, by=by, name=tidy(name), email=email)
    says = f"{by} asked {person.name} to consent to a handover to {pack.successor_name}"
    record(pack.connection, EventKind.ACCESS, says, by=by)
    tell_client(pack, person, by)
    return pack


def begin_anew(pack: HandoverPack, person: Asked, *, by: User, name: str, email: str) -> None:
    """Whatever an earlier link said is in the history; its nonce is gone."""
    facts = {
        "successor_name": name,
        "successor_email": email,
        "client_name": person.name,
        "client_email": person.email,
        "asked_by": by,
        "asked_at": clock.now(),
        "nonce": new_nonce(),
        **dict.fromkeys(("consented_by", "declined_by"), ""),
        **dict.fromkeys(("consented_at", "declined_at", "ends_at")),
        **dict.fromkeys(("revoked_at", "last_download_at")),
        "downloads": 0,
    }
    with because("Asked the client to consent to a handover.", by=by):
        set_facts(pack, **facts)


def set_facts(pack: HandoverPack, **facts: object) -> None:
    for name, value in facts.items():
        setattr(pack, name, value)
    pack.save(update_fields=list(facts))


def tell_client(pack: HandoverPack, person: Asked, by: User) -> None:
    token = PackLink.of(pack, Purpose.CONSENT).token
    message = post_mail(
        "clients/handover_consent",
        key=f"handover-consent:{pack.pk}:{pack.nonce}",
        recipient=person.email,
        firm=pack.firm,
        pack=pack,
        link=site_link("clients:handover-consent", consent=token),
    )
    keep_messages([message], [pack.connection], contact=person.contact, by=by)


@transaction.atomic
def revoke_link(pack: HandoverPack, *, by: User) -> HandoverPack:
    """No answer, and no download, by this link any more. Raises `Refused` without one."""
    pack = HandoverPack.objects.locked(pack.pk)
    if not pack.has_link:
        raise Refused(NO_LINK)
    with because("Took the handover link back.", by=by):
        set_facts(pack, revoked_at=clock.now())
    says = f"{by} revoked the handover link for {pack.successor_name}"
    record(pack.connection, EventKind.ACCESS, says, by=by)
    return pack
