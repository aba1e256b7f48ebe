"""Who had access to one client when: told from the history that PostgreSQL wrote (F-059)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from clients.models.assignments import END_REACHED, TeamAssignment, end_words
from clients.models.connections import Connection
from clients.roles import AccessLevel, ClientRole, PortalFeature
from practice.models import Branch, BranchMembership, User

READ = (
    "access_level",
    "access_features",
    "access_reason",
    "is_restricted",
    "branch",
    "access_disabled_at",
    "access_requested_at",
    "access_expired_for",
    "history_date",
    "history_user",
    "history_change_reason",
    "request_id",
)
SYSTEM, UNKNOWN, CLIENT, FIRM = "The system", "Unknown", "Client", "Your firm"


@dataclass(frozen=True)
class AccessChange:
    """One line of the history; `user_id` is the team member's, where it is about one."""

    at: datetime
    what: str
    whom: str
    role: str
    by: str
    reason: str
    user_id: int | None = None


def access_changes(connection: Connection) -> list[AccessChange]:
    """All that changed who has access, newest first; five queries, however long it is."""
    of_ties = TeamAssignment.history.filter(content_object_id=connection.pk)
    ties = list(of_ties.order_by("id", "history_id"))
    of_client = Connection.history.filter(id=connection.pk)
    rows = list(of_client.only(*READ).order_by("history_id"))
    teller = Teller(ties, rows)
    changes = [*teller.about_people(), *teller.about_the_client()]
    return sorted(changes, key=lambda change: change.at, reverse=True)


class Teller:
    """History rows in words. Ties come grouped by assignment, oldest first, as do the client's."""

    def __init__(self, ties: Sequence[Any], rows: Sequence[Any]) -> None:
        self.ties, self.rows = ties, rows
        ids = {row.history_user_id for row in [*ties, *rows]} | {tie.user_id for tie in ties}
        self.people = {user.pk: str(user) for user in User.objects.filter(pk__in=ids - {None})}
        branches = Branch.objects.filter(pk__in={row.branch_id for row in rows})
        self.branches = dict(branches.values_list("pk", "name"))
        self.moves = {mark(now) for then, now in pairwise(rows) if then.branch_id != now.branch_id}
        self.leavings = leavings_of(ties)

    def about_people(self) -> Iterator[AccessChange]:
        before: Any = None
        for tie in self.ties:
            same = before if before and before.id == tie.id else None
            for what, role in self.of_tie(tie, same):
                yield self.change(tie, what, self.people.get(tie.user_id, UNKNOWN), role)
            before = tie

    def of_tie(self, tie: Any, before: Any) -> Iterator[tuple[str, str]]:
        """What happened to an assignment, and its role or end."""
        role = str(ClientRole(tie.role).label)
        if tie.history_type == "-":
            yield self.ending(tie), role
        elif before is None:
            yield "Granted", f"{role}{until(tie)}"
            if tie.is_primary:
                yield "Made primary accountant", role
        else:
            if tie.role != before.role:
                yield "Changed", role
            if tie.ends_at != before.ends_at:
                yield "End date changed", until(tie).strip() or "no end"
            if tie.is_primary != before.is_primary:
                yield primary_words(is_primary=tie.is_primary), role

    def ending(self, tie: Any) -> str:
        """By what it ended: its date, a transfer, the person's leaving; or somebody revoked it."""
        if tie.history_change_reason == END_REACHED:
            return "Ended as agreed"
        if mark(tie) in self.moves:
            return "Ended by transfer"
        if (tie.user_id, mark(tie)) in self.leavings:
            return "Ended by leaving the branch"
        return "Revoked"

    def about_the_client(self) -> Iterator[AccessChange]:
        before: Any = None
        for row in self.rows:
            for what, role in self.of_row(row, before):
                yield self.change(row, what, CLIENT, role)
            if before is not None:
                for what in account_turns(row, before):
                    yield self.change(row, what, FIRM, "–")
            before = row

    def of_row(self, row: Any, before: Any) -> Iterator[tuple[str, str]]:
        if before is None or level_of(row) != level_of(before):
            features = ", ".join(PortalFeature.in_words(row.access_features))
            label = str(AccessLevel(row.access_level).label)
            yield "Client access level", f"{label}: {features}" if features else label
        if before is not None and row.branch_id != before.branch_id:
            yield "Transferred", self.branches.get(row.branch_id, UNKNOWN)
        if row.is_restricted != (before.is_restricted if before else False):
            yield ("Restricted" if row.is_restricted else "Restriction lifted"), "–"

    def change(self, row: Any, what: str, whom: str, role: str) -> AccessChange:
        said = row.history_change_reason or ""
        if what == "Granted":
            said = row.reason or said
        elif what == "Client access level":
            said = row.access_reason or said
        by = self.people.get(row.history_user_id, SYSTEM)
        return AccessChange(
            row.history_date, what, whom, role, by, said, getattr(row, "user_id", None)
        )


def level_of(row: Any) -> tuple[object, ...]:
    """The level, what it opens, and why: a new reason is a decision too (F-055a)."""
    return row.access_level, row.access_features, row.access_reason


def account_turns(row: Any, before: Any) -> Iterator[str]:
    """Of the firm's access to the client's account (F-142…F-145)."""
    if row.access_expired_for and row.access_expired_for != before.access_expired_for:
        yield "Access expired"
    if row.access_disabled_at and not before.access_disabled_at:
        yield "Access disabled"
    elif row.access_requested_at and not before.access_requested_at:
        yield "Access requested"
    elif is_shut(before) and not is_shut(row):
        yield "Access reinstated"
    elif before.access_requested_at and not row.access_requested_at:
        yield "Request declined"


def is_shut(row: Any) -> bool:
    return bool(row.access_disabled_at or row.access_requested_at or row.access_expired_for)


def until(tie: Any) -> str:
    if tie.ends_at is None:
        return ""
    return f" until {end_words(tie.ends_at)}"


def primary_words(*, is_primary: bool) -> str:
    return "Made primary accountant" if is_primary else "No longer primary accountant"


def mark(row: Any) -> object:
    """What the changes of one press of a button share: the request, or the instant in a job."""
    return row.request_id or row.history_date


def leavings_of(ties: Sequence[Any]) -> set[tuple[int, object]]:
    """Who left a branch in which request, among those whose assignment ended."""
    people = {tie.user_id for tie in ties if tie.history_type == "-"}
    if not people:
        return set()
    left = BranchMembership.history.filter(
        firm_id=ties[0].firm_id, history_type="-", member__user_id__in=people
    )
    rows = left.values_list("member__user_id", "request_id", "history_date")
    return {(user_id, request_id or at) for user_id, request_id, at in rows}
