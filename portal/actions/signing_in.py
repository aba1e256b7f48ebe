"""Signing in by a mailed link or its code, once; the login that the proof makes (F-159…F-162)."""

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from clients.models import Contact
from portal.actions.sign_in_links import locked_contact
from portal.models import LinkKind, LinkOutcome, SignInLink
from portal.models.logins import login_of, why_no_link
from practice import clock
from practice.actions.security import end_sessions
from practice.errors import Refused
from practice.history import because
from practice.models import Firm, User
from practice.models.api_keys import hash_of
from practice.tenancy import as_system
from practice.text import fold, is_same_mailbox

OVER = {
    LinkOutcome.USED: "This link was used already. Each one signs in once.",
    LinkOutcome.REPLACED: "This link was replaced by a newer one. Use the link of the latest mail.",
    LinkOutcome.EXPIRED: "This link has expired.",
}
SHUT = "This link does not open the portal any more. Ask your accountant."
# The same for an address that nobody knows: codes tell no more about it than links do.
WRONG_CODE = (
    "This is not the code of the latest mail. After five wrong codes, or when it has expired, ask"
    " for a new mail."
)


def find_link(firm: Firm, token: str) -> SignInLink | None:
    """Whatever became of it; None for a token that this firm's portal never mailed."""
    with as_system():
        rows = SignInLink.objects.for_firm(firm).select_related("contact", "firm")
        return rows.filter(token_hash=hash_of(token)).first()


def find_magic_link(firm: Firm | None, email: str) -> SignInLink | None:
    """The latest one mailed to the address, whose code somebody is about to type; of any firm."""
    with as_system():
        rows = SignInLink.objects.unspent().filter(contact__email_key=fold(email))
        if firm:
            rows = rows.for_firm(firm)
        return rows.filter(kind=LinkKind.MAGIC).select_related("contact", "firm").first()


def why_over(link: SignInLink) -> str:
    """Why the link opens nothing; "" while it does."""
    return OVER.get(link.outcome, "")


def use_link(
    link: SignInLink, *, browser: str, code: str | None = None, password: str | None = None
) -> User:
    """Whom it signs in, once: the browser that asked proves it, or else the code of the mail.

    A reset link takes the new `password` with it. Raises `Refused`; a wrong code is counted.
    """
    with as_system():
        contact = locked_contact(link.contact_id)
        link = SignInLink.objects.select_for_update().get(pk=link.pk)
        refusal = why_not_used(link, contact) or why_not_proved(link, browser, code)
        user = None if refusal else proved_login(link, contact, password)
    if user is None:
        raise Refused(refusal)
    return user


def why_not_used(link: SignInLink, contact: Contact) -> str:
    """What became of the link, or of the contact since it was mailed."""
    if says := why_over(link):
        return says
    is_same = is_same_mailbox(link.email, contact.email)
    return SHUT if not is_same or why_no_link(contact) else ""


def why_not_proved(link: SignInLink, browser: str, code: str | None) -> str:
    if code is None and link.is_asked_by(browser):
        return ""
    if link.has_tries and code is not None and link.has_code(code):
        return ""
    if not link.has_tries:
        return WRONG_CODE
    link.tries += 1
    link.save(update_fields=["tries"])
    return WRONG_CODE


def proved_login(link: SignInLink, contact: Contact, password: str | None) -> User:
    """The link is spent; the login is there, and its address is proved."""
    way = "a reset link" if link.kind == LinkKind.RESET else "a magic link"
    with because(f"Signed in to the portal by {way}."):
        link.used_at = clock.now()
        link.save(update_fields=["used_at"])
        user = login_of(contact) or made_login(contact)
        prove_address(user)
        if password:
            user.set_password(password)
            user.save(update_fields=["password"])
    return user


def made_login(contact: Contact) -> User:
    """A login without a password; the one of somebody who was quicker."""
    facts = {"full_name": contact.name, "time_zone": contact.firm.time_zone}
    try:
        with transaction.atomic():
            return User.objects.create_user(contact.email.lower(), None, **facts)
    except IntegrityError:
        return User.objects.get(email_key=contact.email_key)


def prove_address(user: User) -> None:
    """A password that was set before the address was proved may be anybody's: it goes."""
    address, _ = EmailAddress.objects.get_or_create(
        user=user, email=user.email.lower(), defaults={"primary": True}
    )
    if address.verified:
        return
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_sessions(user)
    address.verified = True
    address.save(update_fields=["verified"])


@transaction.atomic
def claim_contacts(user: User) -> None:
    """The contacts of an address become those of its login, at whichever firm (F-164).

    Whoever signed in has proved the address; one that only looks like it stays nobody's.
    """
    with as_system():
        rows = Contact.objects.filter(email_key=user.email_key, user=None).exclude(email="")
        same = [row.pk for row in rows if is_same_mailbox(row.email, user.email)]
        if same:
            with because("Signed in with this address.", by=user):
                Contact.objects.filter(pk__in=same, user=None).update(user=user)
