"""A batch of events: judged client by client, and written as a whole or not at all (F-229)."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection as database
from django.db import transaction

from clients.actions.events import HOUR, note_activities, record_lines
from clients.actions.usage.checking import AHEAD, Answer, Draft, Refusal, drafts_of, once_each
from clients.actions.usage.snapshots import Taken, renew_snapshots
from clients.models import Connection, EventKind, UsageEvent
from clients.permissions import UPDATE_CLIENTS, VIEW_CLIENT
from clients.roles import USAGE_COUNTS, ConnectionStatus, UsageKind
from practice import clock
from practice.actions.limits import standing_now
from practice.models import Firm, User

TAKING = {ConnectionStatus.ACTIVE, ConnectionStatus.PAUSED}  # a paused client goes on working
UNKNOWN = "Your firm has no such client."
NOT_YOURS = "You may not change this client now."
ENDED = "This client is not connected: nothing is added to its records."

SUMS = ", ".join(
    f"coalesce(sum(count) FILTER (WHERE kind = '{kind.value}'), 0)" for kind in USAGE_COUNTS
)
COLUMNS = ", ".join(USAGE_COUNTS.values())
ADDED = ", ".join(f"{column} = d.{column} + excluded.{column}" for column in USAGE_COUNTS.values())

FIND = """
SELECT id, client_number_key, status,
  last_activity_at IS NULL OR last_activity_at < %(quiet)s
FROM clients_connection
WHERE firm_id = %(firm)s AND (id = ANY (%(ids)s::bigint[])
  OR client_number_key <> '' AND client_number_key = ANY (%(keys)s::text[]))
ORDER BY id
"""
# Events that nobody sent before, and what they add to their days, in one statement; the ids of the
# others. In their order, so that two batches with the same events never wait in a ring.
WRITE = f"""
WITH sent AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%(events)s::jsonb) AS e(connection_id bigint, event_id text,
    kind text, at timestamptz, count int, name text)
), new AS (
  INSERT INTO clients_usageeventid (firm_id, event_id)
  SELECT %(firm)s, event_id FROM sent ORDER BY event_id
  ON CONFLICT DO NOTHING
  RETURNING event_id
), made AS (
  INSERT INTO clients_usageevent
    (firm_id, connection_id, event_id, kind, at, count, name, received_at)
  SELECT %(firm)s, connection_id, event_id, kind, at, count, name, %(now)s
  FROM sent JOIN new USING (event_id)
  RETURNING connection_id, kind, at, count
), added AS (
  INSERT INTO clients_usageday AS d (firm_id, connection_id, day, {COLUMNS})
  SELECT %(firm)s, connection_id, (at AT TIME ZONE 'UTC')::date AS day, {SUMS}
  FROM made WHERE kind = ANY(%(counted)s)
  GROUP BY connection_id, (at AT TIME ZONE 'UTC')::date
  ON CONFLICT (connection_id, day) DO UPDATE SET {ADDED}
)
SELECT event_id FROM sent WHERE NOT EXISTS (SELECT FROM new WHERE new.event_id = sent.event_id)
"""  # nosec B608


@transaction.atomic
def take_events(firm: Firm, events: Sequence[object], *, by: User | None = None) -> Answer:
    """Take those that are new, once; the same batch again changes nothing.

    Runs in the firm's context: a client of another firm is as unknown as one that never was. With
    `by` it is a person who sends them, for the clients that they may change.
    """
    now = clock.now()
    drafts, refused = drafts_of(events, now)
    found = find_clients(firm, drafts, is_locked=True)
    taken, turned_away = settled(drafts, found, rights_of(firm, found, by))
    written = once_each(taken)
    made = write(firm, written, found, now)
    if made:
        renew_snapshots(firm, made, now)
        note_activities(last_seen(made, {one.pk for one in found.values() if one.is_quiet}))
    return Answer(
        new=len(made),
        known=len(taken) - len(made),
        refused=in_order([*refused, *turned_away]),
        by_client=Counter(one.connection_id for one in made),
    )


def check_events(firm: Firm, events: Sequence[object], *, by: User | None = None) -> Answer:
    """What `take_events` would answer now; nothing is written."""
    drafts, refused = drafts_of(events, clock.now())
    found = find_clients(firm, drafts, is_locked=False)
    taken, turned_away = settled(drafts, found, rights_of(firm, found, by))
    ids = {draft.event_id for draft in taken}
    new = len(ids) - UsageEvent.objects.count_known(firm, ids)
    return Answer(new=new, known=len(taken) - new, refused=in_order([*refused, *turned_away]))


def in_order(refused: list[Refusal]) -> list[Refusal]:
    return sorted(refused, key=lambda refusal: refusal.index)


@transaction.atomic
def upload_events(firm: Firm, events: Sequence[object], *, by: User) -> Answer:
    """The same of a file, told on the timeline of each client that it added to."""
    answer = take_events(firm, events, by=by)
    rows = Connection.objects.in_bulk(list(answer.by_client))
    lines = [
        (rows[pk], f"{by} uploaded {many:,} usage event{'' if many == 1 else 's'}")
        for pk, many in answer.by_client.items()
    ]
    record_lines(lines, EventKind.USAGE, by=by)
    return answer


@dataclass(frozen=True)
class Rights:
    """Of a person: the clients that they see, and those that they may change."""

    seen: frozenset[int]
    open: frozenset[int]


def rights_of(firm: Firm, found: "Clients", by: User | None) -> Rights | None:
    """None for a key, which is the firm's."""
    if by is None:
        return None
    standing = standing_now(by, firm.pk)
    rows = Connection.objects.for_firm(firm).filter(pk__in={one.pk for one in found.values()})
    seen, may = (
        frozenset(rows.for_standing(standing, permission).values_list("pk", flat=True))
        for permission in (VIEW_CLIENT, UPDATE_CLIENTS)
    )
    return Rights(seen, may)


@dataclass(frozen=True, slots=True)
class Found:
    """A client that a batch names."""

    pk: int
    status: str
    is_quiet: bool  # for most of an hour nothing was carried over to the list's row


Clients = dict[int | str, Found]  # by id, and by folded Client ID


def find_clients(firm: Firm, drafts: Iterable[Draft], *, is_locked: bool) -> Clients:
    """Locked in the order of their ids, so that batches do not wait for each other in a ring."""
    wanted = {draft.client for draft in drafts}
    words: dict[str, Any] = {
        "firm": firm.pk,
        "quiet": clock.now() + AHEAD - HOUR,
        "ids": [key for key in wanted if isinstance(key, int)],
        "keys": [key for key in wanted if isinstance(key, str)],
    }
    found: Clients = {}
    with database.cursor() as cursor:
        cursor.execute(FIND + (" FOR NO KEY UPDATE" if is_locked else ""), words)
        for pk, key, status, is_quiet in cursor.fetchall():
            found[pk] = Found(pk, status, is_quiet)
            if key:
                found[key] = found[pk]
    return found


def settled(
    drafts: Iterable[Draft], found: Clients, rights: Rights | None
) -> tuple[list[Draft], list[Refusal]]:
    taken, refused = [], []
    for draft in drafts:
        if why := why_not(found.get(draft.client), rights):
            refused.append(Refusal(draft.index, draft.event_id, why))
        else:
            taken.append(draft)
    return taken, refused


def why_not(client: Found | None, rights: Rights | None) -> str:
    """ "" where the client takes events. Who may not see it does not learn that it is there."""
    if client is None or (rights and client.pk not in rights.seen):
        return UNKNOWN
    if client.status not in TAKING:
        return ENDED
    return NOT_YOURS if rights and client.pk not in rights.open else ""


def write(firm: Firm, drafts: Sequence[Draft], found: Clients, now: datetime) -> list[Taken]:
    """Insert them; those that were there already are left out of the answer."""
    if not drafts:
        return []
    events = [
        {
            "connection_id": found[draft.client].pk,
            "event_id": draft.event_id,
            "kind": draft.kind.value,
            "at": draft.at.isoformat(),
            "count": draft.count,
            "name": draft.name,
        }
        for draft in drafts
    ]
    words: dict[str, Any] = {
        "firm": firm.pk,
        "now": now,
        "events": json.dumps(events),
        "counted": [kind.value for kind in USAGE_COUNTS],
    }
    with database.cursor() as cursor:
        cursor.execute(WRITE, words)
        known = {event_id for (event_id,) in cursor.fetchall()}
    return [
        Taken(found[draft.client].pk, draft.kind, draft.at, draft.count)
        for draft in drafts
        if draft.event_id not in known
    ]


def last_seen(made: Iterable[Taken], quiet: Collection[int]) -> dict[int, datetime]:
    """When each of the quiet clients last did something. That a feed expired is nobody's doing."""
    seen: dict[int, datetime] = {}
    for one in made:
        if one.connection_id in quiet and one.kind != UsageKind.BANK_EXPIRED:
            seen[one.connection_id] = max(one.at, seen.get(one.connection_id, one.at))
    return seen
