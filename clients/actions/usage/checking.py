"""What one event says, and what is wrong with it. Knows nothing of the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard

from clients.models.usage import LONGEST_EVENT_ID, LONGEST_NAME
from clients.roles import USAGE_COUNTS, UsageKind
from practice.text import fold, tidy

MOST_EVENTS = 1000  # of one batch
MOST_COUNTED = 1_000_000  # by one event
LARGEST_ID = 2**63 - 1
LONGEST_CLIENT_ID = 40
AHEAD = timedelta(minutes=10)  # clocks differ
BACK = timedelta(days=731)  # two years, one of which may be a leap year

FIELDS = frozenset({"id", "client", "client_id", "kind", "at", "count", "name"})
KINDS = {kind.value: kind for kind in UsageKind}

NO_OBJECT = "An event is an object with id, client or client_id, kind and at."
UNKNOWN_FIELD = "There is no field “{}”."
BAD_ID = f"id: 1 to {LONGEST_EVENT_ID} printable ASCII characters, the same whenever it is sent."
BAD_CLIENT = "client_id: your Client ID of the client; or client: its number in this API."
BAD_KIND = f"kind: one of {', '.join(KINDS)}."
BAD_TIME = "at: a time with its zone, as in 2026-11-28T09:30:00Z."
FUTURE = "at lies in the future."
PAST = "at lies more than two years back."
BAD_COUNT = f"count: a whole number from 1 to {MOST_COUNTED:,}."
NO_COUNT = "count: this kind happens once."
BAD_NAME = f"name: say which one, in 1 to {LONGEST_NAME} characters."
NO_NAME = "name: this kind has none."


class Wrong(Exception):
    """The sentence that refuses an event."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An event whose words make sense; whether its client is one of the firm's is open."""

    index: int
    event_id: str
    client: int | str  # the connection's id, or its folded Client ID
    kind: UsageKind
    at: datetime
    count: int
    name: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """An event that was not taken: its place in the batch, from 0, its id, and why."""

    index: int
    event_id: str
    error: str


@dataclass
class Answer:
    """What became of a batch. Every event is new, known or refused."""

    new: int = 0
    known: int = 0
    refused: list[Refusal] = field(default_factory=list)
    by_client: dict[int, int] = field(default_factory=dict)  # how many were new


def drafts_of(events: Sequence[object], now: datetime) -> tuple[list[Draft], list[Refusal]]:
    """Those that make sense, and the others."""
    drafts, refusals = [], []
    for index, event in enumerate(events):
        try:
            drafts.append(draft_of(index, event, now))
        except Wrong as wrong:
            refusals.append(Refusal(index, id_of(event), str(wrong)))
    return drafts, refusals


def id_of(event: object) -> str:
    """For the answer about an event that was refused; "" where it has no id that can be said."""
    said = event.get("id") if isinstance(event, Mapping) else None
    return said if is_id(said) else ""


def draft_of(index: int, event: object, now: datetime) -> Draft:
    if not isinstance(event, Mapping):
        raise Wrong(NO_OBJECT)
    if strange := event.keys() - FIELDS:
        raise Wrong(UNKNOWN_FIELD.format(tidy(min(strange))[:LONGEST_NAME]))
    if not is_id(event.get("id")):
        raise Wrong(BAD_ID)
    kind = event.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise Wrong(BAD_KIND)
    is_counted = kind in USAGE_COUNTS
    return Draft(
        index=index,
        event_id=event["id"],
        client=client_of(event),
        kind=KINDS[kind],
        at=time_of(event.get("at"), now),
        count=count_of(event.get("count"), is_counted),
        name=name_of(event.get("name"), is_counted, kind),
    )


def is_id(said: object) -> TypeGuard[str]:
    return (
        isinstance(said, str)
        and 0 < len(said) <= LONGEST_EVENT_ID
        and said.isascii()
        and said.isprintable()
        and said == said.strip()
    )


def client_of(event: Mapping[str, Any]) -> int | str:
    number, client_id = event.get("client"), event.get("client_id")
    if client_id is None and is_whole(number) and 0 < number <= LARGEST_ID:
        return number
    if number is None and isinstance(client_id, str) and len(client_id) <= LONGEST_CLIENT_ID:
        key = fold(client_id)
        if key and len(key) <= LONGEST_CLIENT_ID:
            return key
    raise Wrong(BAD_CLIENT)


def is_whole(said: object) -> TypeGuard[int]:
    return isinstance(said, int) and not isinstance(said, bool)


def time_of(said: object, now: datetime) -> datetime:
    """In UTC; raises `Wrong` for what is no instant, to come, or too long ago."""
    try:
        at = datetime.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        at = None
    if at is None or at.utcoffset() is None:
        raise Wrong(BAD_TIME)
    if at - now > AHEAD:
        raise Wrong(FUTURE)
    if now - at > BACK:
        raise Wrong(PAST)
    return at.astimezone(UTC)


def count_of(said: Any, is_counted: bool) -> int:
    if said is None:
        return 1
    if not is_counted:
        raise Wrong(NO_COUNT)
    if not is_whole(said) or not 1 <= said <= MOST_COUNTED:
        raise Wrong(BAD_COUNT)
    return int(said)


def name_of(said: object, is_counted: bool, kind: str) -> str:
    """Jobs may say their number; other counted kinds have no name."""
    if said is None and is_counted:
        return ""
    if is_counted and not kind.startswith("job_"):
        raise Wrong(NO_NAME)
    name = tidy(said) if isinstance(said, str) and len(said) <= 10 * LONGEST_NAME else ""
    if not 0 < len(name) <= LONGEST_NAME:
        raise Wrong(BAD_NAME)
    return name


def once_each(drafts: Sequence[Draft]) -> list[Draft]:
    """Of several with one id the first."""
    first: dict[str, Draft] = {}
    for draft in drafts:
        first.setdefault(draft.event_id, draft)
    return list(first.values())
