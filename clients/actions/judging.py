"""One change to many clients: each locked, judged by the rules, and told what became of it.

Who may change what is asked here, after the lock and not by the caller alone: of thousands of
clients some may have moved, paused or changed hands since they were chosen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clients.models import Connection, TeamAssignment
from clients.permissions import VIEW_CLIENT, ConnectionFacts, connection_rules
from practice.actions.limits import standing_now
from practice.errors import Refused
from practice.models import Branch, User
from practice.permissions import Standing, Verdict

UNKNOWN = "There is no such client."


class Result(StrEnum):
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class Outcome:
    """What became of one client, and why: a sentence for the person who asked."""

    connection_id: int
    result: Result
    why: str

    @property
    def is_changed(self) -> bool:
        return self.result == Result.CHANGED


def lock_connections(firm_id: int, connection_ids: Iterable[int]) -> list[Connection]:
    """In the order of their ids, so that two such changes never wait for each other in a ring."""
    return read_connections(firm_id, connection_ids, locking=True)


def read_connections(
    firm_id: int, connection_ids: Iterable[int], *, locking: bool = False
) -> list[Connection]:
    """With their branches; what the firm does not have is left out."""
    rows = Connection.objects.filter(firm_id=firm_id, pk__in=set(connection_ids))
    rows = rows.order_by("pk").defer("internal_notes", "search_text")
    found = list(rows.select_for_update() if locking else rows)
    branches = Branch.objects.in_bulk({row.branch_id for row in found})
    for row in found:
        row.branch = branches[row.branch_id]
    return found


def judge(
    rows: Sequence[Connection], permission: str, standing: Standing
) -> dict[int, tuple[Connection, Verdict]]:
    """The verdict of `explain` on each row that the person sees; the others do not exist for them.

    Their ties are read at once, and rows that are alike to the rules are asked about once.
    """
    ties = TeamAssignment.objects.of(standing.user_id, standing.firm_id)
    tied = ties.filter(content_object_id__in=[row.pk for row in rows])
    roles = dict(tied.order_by().values_list("content_object_id", "role"))
    known: dict[ConnectionFacts, Verdict | None] = {}
    judged = {}
    for row in rows:
        row.remember_tie(standing, roles.get(row.pk))
        facts = row.facts_for(standing, permission)
        if facts not in known:
            known[facts] = verdict_if_seen(standing, facts, permission)
        if verdict := known[facts]:
            judged[row.pk] = (row, verdict)
    return judged


def refuse_unless(row: Connection, permission: str, by: User, *, unseen: str = UNKNOWN) -> None:
    """Raises `Refused` unless the person sees this client now, and may; the row is locked."""
    judged = judge([row], permission, standing_now(by, row.firm_id))
    if row.pk not in judged:
        raise Refused(unseen)
    _, verdict = judged[row.pk]
    if not verdict.allowed:
        raise Refused(verdict.reason)


def verdict_if_seen(standing: Standing, facts: ConnectionFacts, permission: str) -> Verdict | None:
    if not Verdict.of(connection_rules(standing, facts, VIEW_CLIENT)).allowed:
        return None
    return Verdict.of(connection_rules(standing, facts, permission))


def in_order(connection_ids: Iterable[int], outcomes: Mapping[int, Outcome]) -> list[Outcome]:
    """One outcome for each id that was asked about, once, in the order of the question."""
    asked = dict.fromkeys(connection_ids)
    return [outcomes.get(pk, Outcome(pk, Result.REFUSED, UNKNOWN)) for pk in asked]


def only(outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a single form. Raises `Refused` with its sentence."""
    [outcome] = outcomes
    if outcome.result == Result.REFUSED:
        raise Refused(outcome.why)
    return outcome
