"""What dashboards count: the clients that somebody sees, together or branch by branch.

Grouped by PostgreSQL, so that a firm of five hundred branches takes as many questions as a firm of
one (F-013, F-015).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Q
from django.db.models.functions import TruncMonth

from clients.models.clocks import USUAL, Clocks
from clients.models.connections import ConnectionQuerySet
from clients.roles import BillingModel, ConnectionStatus
from practice import clock
from practice.models import Branch, BranchMembership, Firm, TeamMember
from practice.roles import BranchRole, ParentRole

MONTHS = 12
S = ConnectionStatus


def counts(*names: str, clocks: Clocks = USUAL) -> dict[str, Count]:
    """Aggregates by name, or those named. All but `disconnected` are of clients still with us."""
    now, is_open = clock.now(), ~Q(status=S.DISCONNECTED)
    since_inactive = Q(last_activity_at__gt=now - clocks.inactive)
    since_dormant = Q(last_activity_at__gt=now - clocks.dormant)
    conditions = {
        "total": is_open,
        "active": is_open & since_inactive,
        "inactive": is_open & since_dormant & ~since_inactive,
        "running": Q(status=S.ACTIVE),
        "paused": Q(status=S.PAUSED),
        "pending": Q(status=S.PENDING),
        "reconnecting": Q(status=S.RECONNECTING),
        "disconnected": Q(status=S.DISCONNECTED),
        "bill_us": is_open & Q(billing_model=BillingModel.BILL_US),
        "client_pays": is_open & Q(billing_model=BillingModel.CLIENT_PAYS),
        "new": is_open & Q(connected_on__gte=clock.today().replace(day=1)),
    }
    return {name: Count("pk", filter=conditions[name]) for name in names or conditions}


def count_clients(rows: ConnectionQuerySet, *names: str, clocks: Clocks = USUAL) -> dict[str, Any]:
    return with_dormant(rows.order_by().aggregate(**counts(*names, clocks=clocks)))


def with_dormant(found: dict[str, Any]) -> dict[str, Any]:
    """Dormant is the rest, also who was never active."""
    return {**found, "dormant": found["total"] - found["active"] - found["inactive"]}


@dataclass(frozen=True)
class Months:
    """How many clients began in each of the last twelve months, oldest first."""

    firsts: list[date]
    values: list[int]

    @property
    def labels(self) -> list[str]:
        return [f"{first:%b}" for first in self.firsts]


def new_by_month(rows: ConnectionQuerySet) -> Months:
    """Who left again since counts in the month of the beginning."""
    firsts = months_before(clock.today())
    grouped = (
        rows.order_by()
        .filter(connected_on__gte=firsts[0])
        .values(month=TruncMonth("connected_on"))
        .annotate(new=Count("pk"))
    )
    found = {row["month"]: row["new"] for row in grouped}
    return Months(firsts, [found.get(first, 0) for first in firsts])


def months_before(day: date) -> list[date]:
    """The firsts of twelve months; the last is the month of the day."""
    last = day.year * 12 + day.month - 1
    return [date(n // 12, n % 12 + 1, 1) for n in range(last - MONTHS + 1, last + 1)]


@dataclass(frozen=True)
class BranchFigures:
    """One line of the branch overview; `clients` holds the counts by name."""

    branch: Branch
    team: int
    clients: dict[str, Any]
    clocks: Clocks = USUAL

    @property
    def last_activity_at(self) -> datetime | None:
        """The latest of any of its clients."""
        found: datetime | None = self.clients["seen"]
        return found

    @property
    def health(self) -> str:
        """In words, the worst finding first (F-015)."""
        if not self.clients["total"]:
            return "No clients yet"
        if not self.team:
            return "No team"
        if not self.clients["active"]:
            return f"Quiet for {self.clocks.inactive.days} days"
        return "Healthy"

    @property
    def health_tone(self) -> str:
        tones = {"Healthy": "good", "No team": "bad", "No clients yet": "mute"}
        return tones.get(self.health, "warn")


def figures_by_branch(firm: Firm, rows: ConnectionQuerySet) -> list[BranchFigures]:
    """Every open branch of the firm by name, with its part of the rows."""
    clocks, seen = Clocks.of(firm), Max("last_activity_at")
    grouped = rows.order_by().values("branch_id").annotate(**counts(clocks=clocks), seen=seen)
    found: dict[int, Any] = {row["branch_id"]: row for row in grouped}
    nothing = {**dict.fromkeys(counts(), 0), "seen": None}
    team = team_by_branch(firm)
    return [
        BranchFigures(
            branch,
            team.get(branch.pk, 0),
            with_dormant(found.get(branch.pk, nothing)),
            clocks,
        )
        for branch in Branch.objects.for_firm(firm).open().order_by("name", "pk")
    ]


def total_of(figures: Iterable[BranchFigures]) -> dict[str, int]:
    lines = list(figures)
    return {name: sum(one.clients[name] for one in lines) for name in (*counts(), "dormant")}


def places(firm: Firm) -> Any:
    """The memberships of those who work here now."""
    rows = BranchMembership.objects.for_firm(firm)
    return rows.filter(member__is_active=True, branch__is_archived=False).order_by()


def team_by_branch(firm: Firm) -> dict[int, int]:
    return dict(places(firm).values_list("branch_id").annotate(Count("pk")))


@dataclass(frozen=True)
class Team:
    """How many work at the firm, and in which roles: one person may have several."""

    total: int
    by_role: list[tuple[str, int]]


def team_of(firm: Firm) -> Team:
    members = TeamMember.objects.for_firm(firm).filter(is_active=True).order_by()
    parents = dict(members.values_list("parent_role").annotate(Count("pk")))
    branch = dict(places(firm).values_list("role").annotate(Count("member_id", distinct=True)))
    named = [(str(role.label), parents.get(role, 0)) for role in ParentRole]
    named += [(f"Branch {role.label}", branch.get(role, 0)) for role in BranchRole]
    return Team(sum(parents.values()), [(label, count) for label, count in named if count])
