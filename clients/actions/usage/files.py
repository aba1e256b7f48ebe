"""Events from a file: its lines become what a program would send (F-229)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from clients.roles import UsageKind
from clients.tables import Line, Unreadable, read_table
from practice.text import fold, tidy

MOST_ROWS = 5000
HEADINGS = {
    "id": "event id|id|event",
    "client_id": "client id|client number|client no|client",
    "kind": "kind|type|what",
    "at": "at|time|when|date|day|date and time",
    "count": "count|number|how many|quantity",
    "name": "name|which|detail|bank|feed",
}
MEANINGS = {
    re.sub(r"[\W_]+", "", heading): meaning
    for meaning, words in HEADINGS.items()
    for heading in words.split("|")
}
NEEDED = {"client_id": "Client ID", "kind": "Kind", "at": "At"}
LABELS = {fold(str(kind.label)): kind.value for kind in UsageKind}

MISSING = (
    "There is no column “{}” in the first row. The columns are Client ID, Kind and At, and if you"
    " like Event ID, Count and Name."
)
TOO_MANY = f"The file has more than {MOST_ROWS:,} rows. Split it into several files."
NO_ROWS = "The file has headings but no events below them."


@dataclass(frozen=True)
class FileEvent:
    """One line of the file as an event, with its number as a spreadsheet program shows it."""

    number: int
    event: dict[str, Any]


def events_in(data: bytes, zone: ZoneInfo) -> list[FileEvent]:
    """The events of a CSV or XLSX file; times without a zone are the firm's. Raises `Refused`."""
    table = read_table(data)
    meanings = [
        MEANINGS.get(re.sub(r"[\W_]+", "", fold(cell)), "") for cell in table.lines[0].cells
    ]
    for meaning, label in NEEDED.items():
        if meaning not in meanings:
            raise Unreadable(MISSING.format(label))
    lines = [line for line in table.lines[1:] if not line.is_blank]
    if not lines:
        raise Unreadable(NO_ROWS)
    if len(lines) > MOST_ROWS:
        raise Unreadable(TOO_MANY)
    return [FileEvent(line.number, event_of(line, meanings, zone)) for line in lines]


def event_of(line: Line, meanings: Sequence[str], zone: ZoneInfo) -> dict[str, Any]:
    """Empty cells say nothing. What makes no sense stays, to be refused with its reason."""
    said: dict[str, Any] = {}
    for meaning, cell in zip(meanings, line.cells, strict=False):
        if meaning and (text := tidy(cell)):
            said.setdefault(meaning, text)
    kind = fold(said.get("kind", ""))
    said["kind"] = LABELS.get(kind, kind.replace(" ", "_"))
    said["at"] = moment(said.get("at", ""), zone)
    if said.get("count", "").isascii() and said.get("count", "").isdecimal():
        said["count"] = int(said["count"][:12])
    said.setdefault("id", id_from(said))
    return said


def moment(text: str, zone: ZoneInfo) -> str:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone)).isoformat()
    except ValueError:
        return text


def id_from(said: Mapping[str, Any]) -> str:
    """Lines without an id are known by what they say: the same line again is the same event."""
    parts = (fold(said.get("client_id", "")), said["kind"], said["at"], said.get("count", 1))
    words = "\x1f".join(str(part) for part in (*parts, said.get("name", "")))
    return f"file-{sha256(words.encode()).hexdigest()[:32]}"
