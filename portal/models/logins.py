"""Whether a contact has, or may be given, a login for the portal."""

from clients.contact_rules import OPEN_CLIENT
from clients.models import Contact, ContactAccess
from practice.models import User
from practice.text import is_same_mailbox

NO_ADDRESS = "{} has no email address."
OTHER_LOGIN = (
    "{} signs in with another address than the one in your list. They can sign in with theirs."
)
LOOK_ALIKE = "The address of {} looks like that of somebody else, so it gets no login."
SWITCHED_OFF = "The login of {} is switched off."
NO_CLIENT = "{} can open no client in the portal. Look at their clients’ access levels."


def login_of(contact: Contact) -> User | None:
    """The login that mail to the contact’s address would prove; None where there is none yet."""
    return contact.user or User.objects.filter(email_key=contact.email_key).first()


def why_no_link(contact: Contact) -> str:
    """Why nobody can sign in by mail to this contact; "" where somebody can. Within the firm.

    What is proved is the mailbox, so it has to be the login's own, to the letter.
    """
    if not contact.email:
        return NO_ADDRESS.format(contact)
    user = login_of(contact)
    if user and not is_same_mailbox(user.email, contact.email):
        return (OTHER_LOGIN if contact.user_id else LOOK_ALIKE).format(contact)
    if user and not user.is_active:
        return SWITCHED_OFF.format(contact)
    return "" if may_open_any(contact) else NO_CLIENT.format(contact)


def may_open_any(contact: Contact) -> bool:
    """Whether one client at least is open to the contact (F-052a)."""
    rows = ContactAccess.objects.filter(contact=contact).select_related("connection")
    for access in rows:
        access.contact = contact
        if access.explain(OPEN_CLIENT).allowed:
            return True
    return False
