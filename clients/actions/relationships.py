"""Pausing, resuming and ending client relationships: one of them, or thousands (F-063…F-079)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from clients import permissions as p
from clients.actions.endings import end, end_by_client, lock_accounts
from clients.actions.events import record_many
from clients.actions.judging import Outcome, Result, in_order, judge, lock_connections
from clients.models import Connection, EventKind, Note
from clients.roles import ConnectionStatus, DisconnectReason
from clients.signals import connection_paused, connection_resumed
from practice import clock, tenancy
from practice.actions.limits import standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.permissions import Permission, Verdict

BATCH = 1000
SAY_WHY = "Say why."
SAY_WHAT = "“Other” needs a note: say what the reason is."
PAUSE_OVER = "The end date has passed already. Choose a later one."
AGREED_END = "The agreed end of the pause was reached."


@dataclass(frozen=True)
class Move:
    """One kind of change: the permission it takes, and the states it leads from and to."""

    permission: Permission
    sources: frozenset[str]
    target: ConnectionStatus

    def outcome(self, row: Connection, verdict: Verdict) -> Outcome:
        present = ConnectionStatus(row.status)
        if present == self.target:
            why = f"{row.name} is {present.label.lower()} already."
            return Outcome(row.pk, Result.UNCHANGED, why)
        if not verdict.allowed:
            return Outcome(row.pk, Result.REFUSED, verdict.reason)
        if present not in self.sources:
            words = present.label.lower(), self.target.label.lower()
            why = "{} is {}, so it cannot become {}.".format(row.name, *words)
            return Outcome(row.pk, Result.REFUSED, why)
        return Outcome(row.pk, Result.CHANGED, f"{present.label} → {self.target.label}")


S = ConnectionStatus
PAUSE = Move(p.PAUSE_CLIENTS, frozenset({S.ACTIVE}), S.PAUSED)
RESUME = Move(p.PAUSE_CLIENTS, frozenset({S.PAUSED}), S.ACTIVE)
DISCONNECT = Move(p.DISCONNECT_CLIENTS, frozenset({S.ACTIVE, S.PAUSED}), S.DISCONNECTED)


def pause_connection(
    connection: Connection, *, by: User, reason: str, until: date | None = None
) -> Outcome:
    """Raises `Refused` where it is paused already, or the person may not."""
    return changed(pause_connections([connection.pk], by=by, reason=reason, until=until))


def resume_connection(connection: Connection, *, by: User, reason: str = "") -> Outcome:
    """Raises `Refused` unless it is paused."""
    return changed(resume_connections([connection.pk], by=by, reason=reason))


def disconnect_connection(
    connection: Connection,
    *,
    by: User,
    reason: DisconnectReason = DisconnectReason.CLIENT_REQUEST,
    note: str = "",
    by_client: bool = False,
) -> Outcome:
    """Raises `Refused` where it has ended already, or the person may not.

    `by_client`: the account's owner ends it, which Client Pays alone allows (C3).
    """
    if by_client:
        end_by_client(connection, by=by)
        return Outcome(connection.pk, Result.CHANGED, "Disconnected by the client.")
    return changed(disconnect_connections([connection.pk], by=by, reason=reason, note=note))


def changed(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a single form; doing it twice is refused, not passed over (F-069a)."""
    [outcome] = outcomes
    if not outcome.is_changed:
        raise Refused(outcome.why)
    return outcome


@transaction.atomic
def pause_connections(
    connection_ids: Iterable[int], *, by: User, reason: str, until: date | None = None
) -> list[Outcome]:
    """Suspend work: the team reads, the billing of Bill Us stands still (F-063…F-066).

    The reason goes into the internal notes. On the day `until` the relationship resumes by itself.
    """
    if not reason.strip():
        raise Refused(SAY_WHY)
    if until and until < clock.today():
        raise Refused(PAUSE_OVER)
    asked = list(connection_ids)
    rows, outcomes = decide(asked, PAUSE, by)
    if rows:
        write_pause(rows, until, by=by, reason=reason.strip())
    return in_order(asked, outcomes)


@transaction.atomic
def resume_connections(
    connection_ids: Iterable[int], *, by: User, reason: str = ""
) -> list[Outcome]:
    """Take work up again: everybody's rights are back, and so is billing (F-068)."""
    asked = list(connection_ids)
    rows, outcomes = decide(asked, RESUME, by)
    if rows:
        write_resume(rows, by=by, reason=reason.strip())
    return in_order(asked, outcomes)


@transaction.atomic
def disconnect_connections(
    connection_ids: Iterable[int], *, by: User, reason: DisconnectReason, note: str = ""
) -> list[Outcome]:
    """End relationships for good: the team loses access at once (F-070…F-077)."""
    if reason == DisconnectReason.OTHER and not note.strip():
        raise Refused(SAY_WHAT)
    asked = list(connection_ids)
    lock_accounts(asked)
    rows, outcomes = decide(asked, DISCONNECT, by)
    if rows:
        end(rows, by=by, reason=DisconnectReason(reason), note=note.strip())
    return in_order(asked, outcomes)


def decide(
    asked: Sequence[int], move: Move, by: User
) -> tuple[list[Connection], dict[int, Outcome]]:
    """The rows that change, locked, and what becomes of each that the person sees."""
    firm_id = firm_of(asked)
    if firm_id is None:
        return [], {}
    rows = lock_connections(firm_id, asked)
    verdicts = judge(rows, move.permission, standing_now(by, firm_id))
    outcomes = {pk: move.outcome(row, verdict) for pk, (row, verdict) in verdicts.items()}
    return [row for row in rows if row.pk in outcomes and outcomes[row.pk].is_changed], outcomes


def firm_of(connection_ids: Iterable[int]) -> int | None:
    """Raises `Refused` when there are two."""
    rows = Connection.objects.filter(pk__in=set(connection_ids)).order_by()
    firm_ids = list(rows.values_list("firm_id", flat=True).distinct())
    if len(firm_ids) > 1:
        raise Refused("These clients belong to different firms.")
    return firm_ids[0] if firm_ids else None


def write_pause(rows: Sequence[Connection], until: date | None, *, by: User, reason: str) -> None:
    at = clock.now()
    said = f" until {in_words(until)}" if until else ""
    with because(reason, by=by):
        set_all(rows, status=S.PAUSED, paused_at=at, paused_until=until)
        Note.objects.bulk_create(
            [note_of(row, f"Paused{said}: {reason}", by) for row in rows], batch_size=BATCH
        )
        record_many(rows, EventKind.STATUS, f"{by} paused the relationship{said}", by=by)
        connection_paused.send(Connection, connections=rows, at=at, by=by, reason=reason)


def write_resume(rows: Sequence[Connection], *, by: User | None, reason: str) -> None:
    at = clock.now()
    says = f"{by} resumed the relationship" if by else "Resumed: the agreed end of the pause"
    with because(reason or "Resumed the relationship.", by=by):
        set_all(rows, status=S.ACTIVE, paused_at=None, paused_until=None)
        record_many(rows, EventKind.STATUS, says, by=by)
        connection_resumed.send(Connection, connections=rows, at=at, by=by, reason=reason)


def set_all(rows: Sequence[Connection], **facts: object) -> None:
    """In one statement, and on the rows in hand."""
    Connection.objects.filter(pk__in=[row.pk for row in rows]).update(**facts)
    for row in rows:
        for name, value in facts.items():
            setattr(row, name, value)


def note_of(row: Connection, text: str, by: User | None) -> Note:
    return Note(firm_id=row.firm_id, connection=row, text=text, author=by)


def in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def resume_due() -> int:
    """Resume what was paused until today or before, a thousand at a time; how many there were.

    Clients that somebody else has locked wait for the next time (F-069).
    """
    total = 0
    while True:
        with tenancy.as_system():
            due = Connection.objects.paused().filter(paused_until__lte=clock.today())
            rows = list(due.order_by("pk").select_for_update(skip_locked=True)[:BATCH])
            if rows:
                write_resume(rows, by=None, reason=AGREED_END)
        total += len(rows)
        if len(rows) < BATCH:
            return total
