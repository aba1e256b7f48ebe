"""Sending links to sign in with, and ending them (F-159, F-160, F-162).

The contact is locked before its links: whoever sends, uses and revokes at the same moment waits for
one another, and one link at most is open.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from clients.actions.correspondence import keep_messages
from clients.models import Connection, Contact, ContactAccess
from clients.roles import ConnectionStatus
from portal.models import LinkKind, SignInLink
from portal.models.logins import why_no_link
from portal.models.settings import portal_settings
from portal.models.sign_in_links import hash_of_code, new_code, new_token
from practice import clock
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import Firm, User
from practice.models.api_keys import hash_of
from practice.tenancy import as_system
from practice.text import fold

MAILS = {LinkKind.MAGIC: "portal/magic_link", LinkKind.RESET: "portal/reset_link"}
INTRODUCTION = "portal/introduction"


@dataclass(frozen=True)
class Order:
    """Which link, in which mail; `by` a colleague, or "" of the browser that asked itself."""

    kind: LinkKind
    mail: str
    by: User | None = None
    browser: str = ""


def send_magic_link(contact: Contact, *, by: User) -> SignInLink:
    """“Send magic link”. Whoever calls has judged `by`; within the firm. Raises `Refused`."""
    return send(contact, Order(LinkKind.MAGIC, MAILS[LinkKind.MAGIC], by))


def send_reset_link(contact: Contact, *, by: User) -> SignInLink:
    """“Send reset link”: the contact chooses a new password. As above."""
    return send(contact, Order(LinkKind.RESET, MAILS[LinkKind.RESET], by))


def send_introduction(contact: Contact, *, by: User) -> SignInLink:
    """“Send intro email”: what the portal is, with a link to sign in. As above."""
    return send(contact, Order(LinkKind.MAGIC, INTRODUCTION, by))


@transaction.atomic
def send(contact: Contact, order: Order) -> SignInLink:
    contact = locked_contact(contact.pk)
    if why := why_no_link(contact):
        raise Refused(why)
    return issue(contact, order)


@transaction.atomic
def ask_link(email: str, kind: LinkKind, *, browser: str, firm: Firm | None = None) -> None:
    """Mail a link to whoever has this address, at this firm or at the first by name.

    Says nothing: who asks must not learn whom a firm knows. `browser` is the secret of the one that
    asks.
    """
    with as_system():
        known = Contact.objects.filter(email_key=fold(email)).exclude(email="")
        if firm:
            known = known.filter(firm=firm)
        for pk in known.order_by("firm__name", "pk").values_list("pk", flat=True):
            contact = locked_contact(pk)
            if not why_no_link(contact):
                issue(contact, Order(kind, MAILS[kind], browser=browser))
                return


def locked_contact(contact_id: int) -> Contact:
    return (
        Contact.objects.select_for_update(of=("self",))
        .select_related("user", "firm")
        .get(pk=contact_id)
    )


def issue(contact: Contact, order: Order) -> SignInLink:
    """The link, its mail, and its place in the clients' email history; earlier links end."""
    token, code, settings = new_token(), new_code(), portal_settings(contact.firm)
    lasts = (
        timedelta(hours=settings.sent_link_hours)
        if order.by
        else timedelta(minutes=settings.link_minutes)
    )
    with because(reason_of(contact, order), by=order.by):
        end_links(contact)
        if order.by:
            Contact.objects.filter(pk=contact.pk, invited_at=None).update(invited_at=clock.now())
        link = SignInLink.objects.create(
            firm=contact.firm,
            contact=contact,
            kind=order.kind,
            email=contact.email,
            token_hash=hash_of(token),
            code_hash=hash_of_code(hash_of(token), code),
            browser_hash=hash_of(order.browser) if order.browser else "",
            sent_by=order.by,
            ends_at=clock.now() + lasts,
        )
    mail_link(link, order, token, code)
    return link


def reason_of(contact: Contact, order: Order) -> str:
    name = order.kind.label.lower()
    return f"Sent {contact} a {name}." if order.by else f"{contact} asked for a {name}."


def mail_link(link: SignInLink, order: Order, token: str, code: str) -> None:
    contact = link.contact
    message = post_mail(
        order.mail,
        key=f"sign-in-link:{link.pk}",
        recipient=link.email,
        firm=link.firm,
        contact=contact,
        link=link,
        by=order.by,
        code=code,
        url=site_link("portal:link", portal_firm=link.firm.slug, magic=token),
        page=site_link("portal:sign-in", portal_firm=link.firm.slug),
    )
    keep_messages([message], clients_of(contact), contact=contact, by=order.by)


def clients_of(contact: Contact) -> list[Connection]:
    """Whose email history the mail stands in: of those that are clients still."""
    accesses = ContactAccess.objects.filter(contact=contact).values("connection_id")
    rows = Connection.objects.filter(pk__in=accesses)
    return list(rows.exclude(status=ConnectionStatus.DISCONNECTED).only("pk", "firm_id"))


@transaction.atomic
def revoke_links(contact: Contact) -> None:
    """No link that was mailed to the contact opens anything any more. Inside `because`."""
    end_links(locked_contact(contact.pk))


def end_links(contact: Contact) -> None:
    SignInLink.objects.filter(contact=contact).unspent().update(replaced_at=clock.now())
