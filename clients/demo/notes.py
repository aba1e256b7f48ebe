"""What the team has written down about its clients."""

from collections.abc import Sequence
from datetime import timedelta

from clients.demo.people import Practice
from clients.models import Connection, Note, NoteKind
from practice import clock

MEETING = NoteKind.MEETING

# Client ID, who wrote it, days ago, the text; of a meeting who was there.
NOTES: Sequence[tuple[str, str, int, str, str]] = (
    ("1010", "mia", 3, "Cara will send the fuel receipts by Friday. No need to chase.", ""),
    (
        "1010",
        "olga",
        24,
        "Year end planning. New oven is to be bought before 31 March.\nCara asks for a cash"
        " flow forecast; we said two weeks.",
        "Cara Baker, Mia Fontaine",
    ),
    ("1010", "mia", 61, "Supplier invoices come in twice a week now.", ""),
    ("1001", "mia", 12, "Prefers letters to e-mail.", ""),
    ("1011", "xavi", 18, "Quarterly review: margins are back to last year’s.", "Dina Delgado"),
    ("1012", "mia", 9, "Paused at their wish while the office moves.", ""),
    ("1013", "olga", 46, "Files handed over to the new accountant.", ""),
    ("1020", "nia", 5, "First meeting: they want monthly figures.", "The two partners"),
)


def load_notes(practice: Practice, rows: Sequence[Connection]) -> None:
    by_number = {row.client_number: row for row in rows}
    Note.objects.bulk_create(
        [
            note(practice, by_number[number], who, days, text, attendees)
            for number, who, days, text, attendees in NOTES
        ]
    )


def note(
    practice: Practice, row: Connection, who: str, days: int, text: str, attendees: str
) -> Note:
    written_at = clock.now() - timedelta(days=days)
    return Note(
        firm_id=row.firm_id,
        connection=row,
        author=practice.people[who],
        text=text,
        kind=MEETING if attendees else NoteKind.INTERNAL,
        met_on=written_at.date() if attendees else None,
        attendees=attendees,
        created_at=written_at,
    )
