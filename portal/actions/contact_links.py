"""Mails by which staff bring a contact into the portal (F-155, F-155a)."""

from collections.abc import Callable

from django.db import transaction

from clients.actions.events import record
from clients.models import ContactAccess, EventKind
from portal.actions.contacts import lock_access
from portal.actions.sign_in_links import send_introduction, send_magic_link, send_reset_link
from practice import clock
from practice.history import because
from practice.models import User

SENDERS: dict[str, tuple[Callable[..., object], str]] = {  # and what was sent
    "magic": (send_magic_link, "a magic link"),
    "reset": (send_reset_link, "a reset link"),
    "intro": (send_introduction, "the intro email"),
}


@transaction.atomic
def send_link(access: ContactAccess, kind: str, *, by: User) -> str:
    """Mail one of `SENDERS` to the contact; what was sent, in words. Earlier links end (F-160).

    Raises `Refused` unless `by` manages the client's contacts, and when the contact cannot sign in.
    """
    access, _ = lock_access(access, by)
    sender, words = SENDERS[kind]
    sender(access.contact, by=by)
    if access.contact.invited_at is None:
        access.contact.invited_at = clock.now()
        with because(f"Sent {words} to a contact.", by=by):
            access.contact.save(update_fields=["invited_at"])
    record(access.connection, EventKind.MESSAGE, f"{by} sent {words} to a contact", by=by)
    return words
