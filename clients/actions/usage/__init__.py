"""What clients do in their own accounts: checked event by event, written batch by batch (C30)."""

from clients.actions.usage.checking import MOST_EVENTS, Answer, Refusal
from clients.actions.usage.files import MOST_ROWS, FileEvent, events_in
from clients.actions.usage.sign_ins import note_sign_in
from clients.actions.usage.taking import check_events, take_events, upload_events

__all__ = [
    "MOST_EVENTS",
    "MOST_ROWS",
    "Answer",
    "FileEvent",
    "Refusal",
    "check_events",
    "events_in",
    "note_sign_in",
    "take_events",
    "upload_events",
]
