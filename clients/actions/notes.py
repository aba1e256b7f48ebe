"""Writing down what the client never sees: its notes (F-089…F-089c)."""

from datetime import date

from django.db import transaction

from clients import permissions as p
from clients.actions.events import record
from clients.actions.judging import UNKNOWN, judge, lock_connections
from clients.models import Connection, EventKind, Note, NoteKind
from practice import clock
from practice.actions.limits import standing_now
from practice.errors import Conflict, Refused
from practice.history import because
from practice.models import User
from practice.text import tidy

SAY_SOMETHING = "Write something."
SAY_WHEN = "Say on which day the meeting was."
GONE = "Somebody deleted this note."
CHANGED = "Somebody else saved this note while you were editing. Check both versions, then save."
WORDS = ("text", "kind", "met_on", "attendees")


@transaction.atomic
def add_note(
    connection: Connection,
    *,
    by: User,
    text: str,
    kind: NoteKind = NoteKind.INTERNAL,
    met_on: date | None = None,
    attendees: str = "",
) -> Note:
    """Also while the relationship is paused: notes are the firm's own records."""
    row = lock_for_writing(connection, by)
    note = Note(firm_id=row.firm_id, connection=row, author=by)
    put(note, text=text, kind=kind, met_on=met_on, attendees=attendees)
    with because("Added a note.", by=by):
        note.save()
    record(row, EventKind.NOTE, f"{by} added {in_words(note)}", by=by)
    return note


@transaction.atomic
def edit_note(
    note: Note,
    *,
    by: User,
    seen: str,
    text: str,
    kind: NoteKind,
    met_on: date | None = None,
    attendees: str = "",
) -> Note:
    """The earlier text stays in the history (F-089c).

    `seen` is the note's `stamp` as the person read it; raises `Conflict` when it is another now.
    """
    row = lock_for_writing(note.connection, by)
    note = locked(note)
    before = {name: getattr(note, name) for name in WORDS}
    if note.stamp != seen:
        raise Conflict(CHANGED, dict(before))
    put(note, text=text, kind=kind, met_on=met_on, attendees=attendees)
    if before == {name: getattr(note, name) for name in WORDS}:
        return note
    note.edited_at = clock.now()
    with because("Edited the note.", by=by):
        note.save(update_fields=[*WORDS, "edited_at"])
    record(row, EventKind.NOTE, f"{by} edited {in_words(note)}", by=by)
    return note


@transaction.atomic
def delete_note(note: Note, *, by: User) -> None:
    """From the list; what it said stays in the history."""
    row = lock_for_writing(note.connection, by)
    note = locked(note)
    with because("Deleted the note.", by=by):
        note.delete()
    record(row, EventKind.NOTE, f"{by} deleted {in_words(note)}", by=by)


def in_words(note: Note) -> str:
    """For the timeline, which more people read than the notes: of what it says, nothing."""
    return "a meeting note" if note.kind == NoteKind.MEETING else "a note"


def lock_for_writing(connection: Connection, by: User) -> Connection:
    """Raises `Refused` where the person may not write notes: of an ended relationship, nobody."""
    rows = lock_connections(connection.firm_id, [connection.pk])
    seen = judge(rows, p.UPDATE_CLIENT_NOTES, standing_now(by, connection.firm_id))
    if connection.pk not in seen:
        raise Refused(UNKNOWN)
    row, verdict = seen[connection.pk]
    if not verdict.allowed:
        raise Refused(verdict.reason)
    return row


def locked(note: Note) -> Note:
    found: Note | None = Note.objects.select_for_update().filter(pk=note.pk).first()
    if found is None:
        raise Refused(GONE)
    return found


def put(note: Note, *, text: str, kind: NoteKind, met_on: date | None, attendees: str) -> None:
    """A day and people belong to meetings alone."""
    is_meeting = kind == NoteKind.MEETING
    if not tidy(text):
        raise Refused(SAY_SOMETHING)
    if is_meeting and met_on is None:
        raise Refused(SAY_WHEN)
    note.text, note.kind = text.strip(), kind
    note.met_on = met_on if is_meeting else None
    note.attendees = tidy(attendees) if is_meeting else ""
