"""Which clients one person works for, or worked for in the last twelve months (F-224)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, F, Max, OuterRef, QuerySet, Subquery

from clients.models.activity import AccessVisit
from clients.models.assignments import TeamAssignment
from clients.models.connections import Connection, ConnectionQuerySet
from clients.roles import ClientRole
from practice import clock
from practice.models import BranchMembership, TeamMember, User
from practice.roles import BranchRole, ParentRole

LOOKS_BACK = timedelta(days=365)


@dataclass(frozen=True)
class Line:
    """One assignment, running or ended."""

    connection: Connection
    role: str
    since: datetime
    granted_by: str
    reason: str
    until: datetime | None
    last_used_at: datetime | None
    ended_at: datetime | None = None
    ended_by: str = ""
    why_ended: str = ""

    @property
    def role_label(self) -> str:
        return str(ClientRole(self.role).label)


def assigned_clients(rows: ConnectionQuerySet, user_id: int) -> ConnectionQuerySet:
    """Those of the clients that the person is assigned to, with the facts of the tie."""
    visits = AccessVisit.objects.filter(connection=OuterRef("pk"), user_id=user_id)
    latest = visits.order_by("-at").values("at")[:1]
    return rows.filter(assignments__user_id=user_id).annotate(
        role=F("assignments__role"),
        is_primary_tie=F("assignments__is_primary"),
        since=F("assignments__granted_at"),
        granted_by=F("assignments__granted_by__full_name"),
        reason=F("assignments__reason"),
        until=F("assignments__ends_at"),
        last_used_at=Subquery(latest, output_field=DateTimeField()),
    )


def running_lines(rows: Iterable[Any]) -> Iterator[Line]:
    """`rows` are of `assigned_clients`, with their branches."""
    for row in rows:
        yield Line(
            row,
            row.role,
            row.since,
            row.granted_by or "",
            row.reason,
            row.until,
            row.last_used_at,
            ended_at=row.until if row.until and row.until <= clock.now() else None,
            why_ended="The agreed end was reached." if is_over(row.until) else "",
        )


def is_over(until: datetime | None) -> bool:
    return until is not None and until <= clock.now()


def ended_ties(rows: ConnectionQuerySet, user_id: int) -> "QuerySet[Any]":
    """The last rows of assignments that ended in the last twelve months."""
    clients = rows.order_by().values("pk")
    past: QuerySet[Any] = TeamAssignment.history.filter(user_id=user_id, history_type="-")
    return past.filter(
        history_date__gte=clock.now() - LOOKS_BACK, content_object_id__in=clients
    ).order_by("-history_date", "-history_id")


def ended_lines(rows: Sequence[Any], user_id: int) -> Iterator[Line]:
    clients = Connection.objects.select_related("branch").in_bulk(
        {row.content_object_id for row in rows}
    )
    people = User.objects.in_bulk(
        {pk for row in rows for pk in (row.granted_by_id, row.history_user_id) if pk}
    )
    visits = AccessVisit.objects.filter(user_id=user_id, connection_id__in=clients).order_by()
    used = dict(visits.values_list("connection_id").annotate(at=Max("at")))
    for row in rows:
        yield Line(
            clients[row.content_object_id],
            row.role,
            row.granted_at,
            str(people.get(row.granted_by_id, "")),
            row.reason,
            row.ends_at,
            used.get(row.content_object_id),
            row.history_date,
            str(people.get(row.history_user_id, "The system")),
            row.history_change_reason or "",
        )


@dataclass(frozen=True)
class RoleLine:
    """A role that opens clients without an assignment, and since when."""

    words: str
    since: datetime | None
    by: str


def role_lines(member: TeamMember, branch_ids: Iterable[int]) -> list[RoleLine]:
    """The parent role, and the roles on these branches."""
    people = User.objects.in_bulk
    found: list[tuple[str, datetime | None, int | None]] = []
    if member.parent_role:
        past = list(TeamMember.history.filter(id=member.pk).order_by("history_date", "history_id"))
        label = str(ParentRole(member.parent_role).label)
        found.append((label, *began(past, "parent_role", member.parent_role)))
    places = BranchMembership.objects.filter(member=member, branch__in=list(branch_ids))
    rows = list(places.select_related("branch").order_by("branch__name"))
    past = list(
        BranchMembership.history.filter(id__in=[row.pk for row in rows]).order_by(
            "history_date", "history_id"
        )
    )
    for row in rows:
        own = [one for one in past if one.id == row.pk]
        words = f"{BranchRole(row.role).label} on {row.branch.name}"
        found.append((words, *began(own, "role", row.role)))
    names = people({by for *_, by in found if by})
    return [RoleLine(words, since, str(names.get(by, ""))) for words, since, by in found]


def began(past: Sequence[Any], name: str, value: str) -> tuple[datetime | None, int | None]:
    """When the present value was given, and by whom."""
    since: tuple[datetime | None, int | None] = (None, None)
    former = None
    for row in past:
        present = getattr(row, name)
        if present == value and former != value:
            since = (row.history_date, row.history_user_id)
        former = present
    return since
