"""What goes into a handover pack: the historical records, and the contacts (F-244).

Everything ends at the pack's instant, the closing one once the relationship has ended.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from django.db import models

from clients import permissions as p
from clients.models import Contact, ContactAccess, EventKind
from clients.models.records import Records, Row
from clients.roles import ConnectionStatus
from practice.models.entries import Entry
from practice.models.trail import Viewer
from practice.permissions import Standing

NOTE = "Note"  # the kind of entry, and the words of a status, as the trail prints them
PAUSED = str(ConnectionStatus.PAUSED.label)


class WithoutNotes(Standing):
    """What somebody holds, less the notes: the trail then names them, and shows none."""

    def holds(self, permission: str, branch_id: int | None = None) -> bool:
        return permission != p.VIEW_CLIENT_NOTES and super().holds(permission, branch_id)

    @classmethod
    def of(cls, viewer: Viewer) -> Viewer:
        facts = {one.name: getattr(viewer.standing, one.name) for one in fields(Standing)}
        return Viewer(viewer.user, cls(**facts))


def without_notes(entry: Entry) -> Entry | None:
    """None for a note. Why a client was paused is kept in the notes, so it goes with them."""
    if entry.kind == NOTE:
        return None
    is_pause = any(change.after == PAUSED for change in entry.changes)
    return replace(entry, reason="") if is_pause else entry


@dataclass(frozen=True)
class PackRecords(Records):
    """The records as of one instant, with the contacts beside them.

    Notes are in no part, the audit trail neither, unless `has_notes`.
    """

    ends_at: datetime
    has_notes: bool

    @property
    def until(self) -> datetime:
        return self.ends_at

    def _details(self) -> Iterator[Row]:
        """Without the contacts, which have a file of their own."""
        return (row for row in super()._details() if row[0] != "Contact")

    def _events(self) -> Any:
        events = super()._events()
        return events if self.has_notes else events.exclude(kind=EventKind.NOTE)

    def _entries(self) -> Iterator[Entry]:
        if self.has_notes:
            yield from super()._entries()
            return
        for entry in Records(self.connection, WithoutNotes.of(self.viewer))._entries():
            if kept := without_notes(entry):
                yield kept

    def _contacts(self) -> Iterator[Row]:
        ticks = as_of(ContactAccess, self.until, connection_id=self.connection.pk)
        people = as_of(Contact, self.until, id__in=[tick.contact_id for tick in ticks])
        named = {person.id: person for person in people}
        for tick in sorted(ticks, key=lambda tick: (not tick.is_primary, tick.id)):
            if person := named.get(tick.contact_id):
                seen = ", ".join(tick.instance.permission_names)
                whom = person.name, person.email, person.phone
                yield *whom, tick.is_primary, tick.is_billing, seen


def as_of(model: type[models.Model], instant: datetime, **which: object) -> list[Any]:
    """The rows as they stood then, from the history that PostgreSQL wrote."""
    history: Any = model.history  # type: ignore[attr-defined]
    versions = history.filter(history_date__lte=instant, **which)
    latest = versions.order_by("id", "-history_date", "-history_id").distinct("id")
    return [row for row in latest if row.history_type != "-"]
