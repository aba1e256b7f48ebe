"""The parent dashboard: every branch of the firm side by side (F-014…F-015a)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from clients.http import visible
from clients.models.clocks import Clocks
from clients.models.figures import (
    BranchFigures,
    Team,
    figures_by_branch,
    new_by_month,
    team_of,
    total_of,
)
from clients.views.client_panels import TONES, recent_events
from practice import clock
from practice.charts import Series
from practice.countries import COUNTRIES
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import numbered
from practice.permissions import MANAGE_BRANCHES, VIEW_BILLING, VIEW_ORGANISATION
from practice.spreadsheets import CSV_TYPE, csv_rows

LARGEST = 8  # branches of a chart; all of them are in the overview
BY_STATUS = (("running", "Active", "brand"), ("paused", "Paused", "warn"))
HEADER = (
    "Branch",
    "Branch email",
    "Country",
    "Currency",
    "Health",
    "Active clients",
    "Paused clients",
    "Disconnected clients",
    "Bill Us",
    "Client Pays",
    "Team",
    "Last activity (UTC)",
)


@require_safe
def parent_dashboard(request: FirmRequest) -> HttpResponse:
    """For parent roles; the branch of the selector does not narrow it."""
    require(request.user, VIEW_ORGANISATION, request.firm)
    rows = visible(request)
    figures = figures_by_branch(request.firm, rows)
    total, page = total_of(figures), numbered(figures, request.GET)
    team, holds = team_of(request.firm), request.standing.holds
    context = {
        "today": clock.today(),
        "page": page,
        "total": total,
        "clients_hint": f"{total['running']:,} active · {total['paused']:,} paused",
        "health": health_words(figures),
        "team": team,
        "roles": role_words(team),
        "managed": {one.branch.pk for one in page if holds(MANAGE_BRANCHES, one.branch.pk)},
        "may_see_bill": request.standing.holds_anywhere(VIEW_BILLING),
        "events": recent_events(request, None),
        "months": new_by_month(rows),
        "by_status": chart("Clients by branch", figures, BY_STATUS),
        "by_activity": chart("Activity by branch", figures, by_activity(request)),
    }
    return render_page(request, "clients/parent_dashboard.html", context, fragment="overview")


@require_safe
def parent_dashboard_export(request: FirmRequest) -> StreamingHttpResponse:
    """The branch overview as a file: every branch, not one page of them."""
    require(request.user, VIEW_ORGANISATION, request.firm)

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, figures_by_branch(request.firm, visible(request))))

    return stream(request, lines, content_type=CSV_TYPE, filename="branches.csv")


def cells(one: BranchFigures) -> Iterator[object]:
    branch, clients = one.branch, one.clients
    yield from (branch.name, branch.email, COUNTRIES.get(branch.country, branch.country))
    yield from (branch.currency, one.health)
    names = ("running", "paused", "disconnected", "bill_us", "client_pays")
    yield from (clients[name] for name in names)
    yield from (one.team, one.last_activity_at)


def by_activity(request: FirmRequest) -> list[tuple[str, str, str]]:
    return [(name, label, TONES[name]) for name, label in Clocks.of(request.firm).activity]


def health_words(figures: Iterable[BranchFigures]) -> str:
    """All healthy; or 2 healthy · 1 no clients yet."""
    found = Counter(one.health for one in figures)
    if set(found) == {"Healthy"}:
        return "All healthy"
    return " · ".join(f"{count:,} {word.lower()}" for word, count in found.most_common())


def chart(
    title: str, figures: list[BranchFigures], pieces: Iterable[tuple[str, str, str]]
) -> dict[str, Any]:
    """The branches with most clients side by side, each made of pieces."""
    shown = sorted(figures, key=lambda one: -one.clients["total"])[:LARGEST]
    return {
        "title": title if len(shown) == len(figures) else f"{title}, the largest {LARGEST}",
        "labels": [one.branch.name for one in shown],
        "series": [
            Series(label, [one.clients[name] for one in shown], tone)
            for name, label, tone in pieces
        ],
    }


def role_words(team: Team) -> str:
    """1 Super Admin · 2 Branch Members."""
    found = (f"{count:,} {label}{'' if count == 1 else 's'}" for label, count in team.by_role)
    return " · ".join(found)
