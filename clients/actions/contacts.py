"""The people at a client: keeping the contact list in step with the connection's own line."""

from collections.abc import Iterable, Sequence

from clients.models import Connection, Contact, ContactAccess
from practice.text import fold


def keep_primary_contacts(connections: Sequence[Connection]) -> None:
    """Give each connection the primary contact that its contact name and e-mail speak of.

    A person whose address the firm knows already is reused, whatever the spelling. Works in sets,
    in the caller's transaction and `because()`; all connections are of one firm.
    """
    told = [row for row in connections if row.contact_name or row.contact_email]
    if not told:
        return
    present = primary_accesses(told)
    known = contacts_by_address(told[0].firm_id, (row.contact_email for row in told))
    wanted: dict[int, Contact] = {}
    for row in told:
        contact = person_of(row, known, present.get(row.pk))
        if contact is not None:
            wanted[row.pk] = contact
    Contact.objects.bulk_create(unsaved(wanted.values()), batch_size=1000)
    make_primary([row for row in told if row.pk in wanted], wanted, present)


def primary_accesses(connections: Iterable[Connection]) -> dict[int, ContactAccess]:
    rows = ContactAccess.objects.filter(
        connection_id__in=[row.pk for row in connections], is_primary=True
    )
    return {row.connection_id: row for row in rows.select_related("contact")}


def contacts_by_address(firm_id: int, emails: Iterable[str]) -> dict[str, Contact]:
    keys = {fold(email) for email in emails if email}
    rows = Contact.objects.filter(firm_id=firm_id, email_key__in=keys)
    return {row.email_key: row for row in rows}


def person_of(
    row: Connection, known: dict[str, Contact], present: ContactAccess | None
) -> Contact | None:
    """Whom the row speaks of; None when that is the primary contact already."""
    key = fold(row.contact_email)
    if present and present.contact.email_key == key and (key or is_called(present, row)):
        return None
    if not key:
        return Contact(firm_id=row.firm_id, name=row.contact_name)
    name = row.contact_name or row.contact_email[:200]
    new = Contact(firm_id=row.firm_id, name=name, email=row.contact_email, email_key=key)
    return known.setdefault(key, new)


def is_called(present: ContactAccess, row: Connection) -> bool:
    return fold(present.contact.name) == fold(row.contact_name)


def unsaved(contacts: Iterable[Contact]) -> list[Contact]:
    """Each new contact once, in order: several clients may share a person."""
    return [each for each in {id(c): c for c in contacts}.values() if each.pk is None]


def make_primary(
    connections: list[Connection],
    wanted: dict[int, Contact],
    present: dict[int, ContactAccess],
) -> None:
    """Move the mark of the primary contact; permissions that a contact holds stay as they are."""
    moved = [present[row.pk].pk for row in connections if row.pk in present]
    ContactAccess.objects.filter(pk__in=moved).update(is_primary=False)
    pairs = {(row.pk, wanted[row.pk].pk): row.firm_id for row in connections}
    held = ContactAccess.objects.filter(
        connection_id__in=[row.pk for row in connections],
        contact_id__in={contact for _, contact in pairs},
    )
    known = {(each.connection_id, each.contact_id): each.pk for each in held if not each.is_primary}
    again = [pk for pair, pk in known.items() if pair in pairs]
    ContactAccess.objects.filter(pk__in=again).update(is_primary=True)
    new = [
        ContactAccess(firm_id=firm, connection_id=pair[0], contact_id=pair[1], is_primary=True)
        for pair, firm in pairs.items()
        if pair not in known
    ]
    ContactAccess.objects.bulk_create(new, batch_size=1000)
