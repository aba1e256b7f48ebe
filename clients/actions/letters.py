"""Messages before they are sent: who can be reached how, and merge fields (F-092c)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clients.models import Connection, Contact
from practice.actions.texts import LONGEST, NO_GATEWAY, has_text_gateway
from practice.errors import Refused
from practice.models import Channel, User
from practice.text import phone_key, tidy

FIELDS: Mapping[str, str] = {  # and what stands for them
    "client": "the company name",
    "contact": "the recipient’s name",
    "firm": "the firm’s name",
    "branch": "the branch’s name",
    "sender": "your name",
}
FIELD = re.compile(r"\{\s*([A-Za-z_]*)\s*\}")
WITHOUT_COUNTRY = "the number needs its country code, as in +44 7700 900123"
IN_WORDS = ", ".join(f"{{{name}}}" for name in FIELDS)


@dataclass(frozen=True)
class Letter:
    """Exactly what one person gets."""

    contact: Contact
    recipient: str
    subject: str
    body: str


def unknown_fields(text: str) -> str:
    """ "", or the sentence about fields that nothing can be put in for."""
    wrong = sorted({name for name in FIELD.findall(text) if name not in FIELDS})
    if not wrong:
        return ""
    named = " and ".join(f"{{{name}}}" for name in wrong)
    return f"There is no merge field {named}. These can be filled: {IN_WORDS}."


def fill(text: str, values: Mapping[str, str]) -> str:
    """In one go: what is put in is not looked at again. Raises `Refused` for unknown fields."""
    if says := unknown_fields(text):
        raise Refused(says)
    return FIELD.sub(lambda mark: values[mark[1]], text)


def letters_for(
    connection: Connection,
    contacts: Iterable[Contact],
    *,
    by: User,
    subject: str,
    body: str,
    channel: Channel,
) -> list[Letter]:
    """Raises `Refused` when somebody cannot be reached, or a field is unknown."""
    known = {
        "client": connection.name,
        "firm": connection.firm.name,
        "branch": connection.branch.name,
        "sender": by.full_name,
    }
    return [
        letter_to(one, {**known, "contact": one.name}, subject, body, channel) for one in contacts
    ]


def letter_to(
    contact: Contact, values: Mapping[str, str], subject: str, body: str, channel: Channel
) -> Letter:
    if why := why_unreachable(contact, channel):
        raise Refused(f"{contact}: {why}.")
    words = fill(body, values).strip() + "\n"
    if channel == Channel.EMAIL:
        return Letter(contact, contact.email, tidy(fill(subject, values))[:300], words)
    if len(words) > LONGEST:
        raise Refused(f"The text to {contact} is longer than {LONGEST:,} characters.")
    return Letter(contact, phone_key(contact.phone), "", words)


def why_unreachable(contact: Contact, channel: Channel) -> str:
    """ "" where the contact can be written to on this channel."""
    if channel == Channel.EMAIL:
        return "" if contact.email else "no email address"
    if not has_text_gateway():
        return NO_GATEWAY.rstrip(".")
    if not contact.phone:
        return "no phone number"
    return "" if phone_key(contact.phone) else WITHOUT_COUNTRY
