"""Changes to a client relationship."""

from collections.abc import Iterable

from django.db import transaction

from clients.actions.contacts import keep_primary_contacts
from clients.actions.events import record
from clients.models import Connection, EventKind, Tag
from clients.search import search_text
from practice.errors import Conflict
from practice.history import because
from practice.models import User
from practice.text import tidy

EDITABLE = ("contact_name", "contact_email", "internal_notes", "tag_ids")
LABELS = {
    "contact_name": "contact name",
    "contact_email": "contact email",
    "internal_notes": "internal notes",
    "tag_ids": "tags",
}


@transaction.atomic
def edit_connection(
    connection: Connection,
    *,
    by: User,
    version: int,
    contact_name: str,
    contact_email: str,
    internal_notes: str,
    tag_names: Iterable[str],
) -> Connection:
    """Change what the firm keeps about a client (F-047); company name and tax ID are not among it.

    Raises `Conflict` with the values of the other person when `version` is no longer the row's.
    """
    connection = Connection.objects.locked(connection.pk)
    with because("Edited the client's details.", by=by):
        tags = Tag.objects.named(connection.firm_id, list(tag_names))
    wanted = {
        "contact_name": tidy(contact_name),
        "contact_email": contact_email.strip(),
        "internal_notes": internal_notes,
        "tag_ids": sorted(tag.pk for tag in tags),
    }
    if connection.version != version:
        raise Conflict(
            "Somebody else saved this client while you were editing."
            " Check both versions, then save.",
            {name: getattr(connection, name) for name in EDITABLE},
        )
    changed = [name for name, value in wanted.items() if getattr(connection, name) != value]
    if not changed:
        return connection
    for name in changed:
        setattr(connection, name, wanted[name])
    connection.version += 1
    refresh_search_text(connection, tags)
    with because("Edited the client's details.", by=by):
        connection.save(update_fields=[*changed, "version", "search_text"])
        keep_primary_contacts([connection])
    words = ", ".join(LABELS[name] for name in changed)
    record(connection, EventKind.EDITED, f"{by} changed {words}", by=by)
    return connection


def refresh_search_text(connection: Connection, tags: Iterable[Tag]) -> None:
    connection.search_text = search_text(
        connection.name,
        connection.client_number,
        connection.contact_name,
        connection.contact_email,
        *(tag.name for tag in tags),
    )
