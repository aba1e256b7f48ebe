"""Reports > Leaver report: every client of one person, from when, by whom (F-224)."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, F, Func, IntegerField, OuterRef, QuerySet, Subquery
from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from clients.models import TeamAssignment
from clients.models.connections import ConnectionQuerySet
from clients.models.leaving import (
    Line,
    assigned_clients,
    ended_lines,
    ended_ties,
    role_lines,
    running_lines,
)
from clients.models.matrix import reportable, reported_branches
from clients.views.reporting import (
    get_reported,
    named,
    query_of,
    require_reports,
    staff_for,
    standing_of_now,
)
from practice.http import STOPPED, FirmRequest, render_page, stream
from practice.models import TeamMember
from practice.paging import Order, numbered, paginate
from practice.permissions import Standing
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.text import tidy

BY_NAME = Order(("name_sort", "id"))
NEWEST_FIRST = Order(("history_date", "history_id"), is_descending=True)
BATCH = 1000
HEADER = [
    "Client",
    "Client ID",
    "Branch",
    "Role for this client (staff)",
    "Since",
    "Granted by",
    "Reason",
    "Until",
    "Last used",
    "Ended",
    "Ended by",
    "Why it ended",
]
LIST_HEADER = ["Name", "Email", "Works here", "Clients now", "Joined"]


@require_GET
def leaver_list(request: FirmRequest) -> HttpResponseBase:
    """Everybody there can be a report about, people who have left too."""
    require_reports(request)
    needle = tidy(request.GET.get("q", ""))[:200]
    people = with_clients(named(staff_for(request.standing), needle), request.standing)
    if request.GET.get("format") == "csv":
        return stream(
            request,
            lambda: csv_rows(LIST_HEADER, map(list_line, people.iterator(chunk_size=500))),
            content_type=CSV_TYPE,
            filename="people.csv",
        )
    context = {
        "page": numbered(people, request.GET),
        "needle": needle,
        "export_query": query_of(request.GET, ["q"]) or "?",
    }
    return render_page(request, "clients/leaver_list.html", context, fragment="people")


def with_clients(people: QuerySet[TeamMember], standing: Standing) -> QuerySet[TeamMember]:
    ties = TeamAssignment.objects.running().filter(
        firm_id=standing.firm_id,
        user_id=OuterRef("user_id"),
        content_object__in=reportable(standing).order_by().values("pk"),
    )
    count = ties.order_by().values("user_id").annotate(n=Count("pk")).values("n")
    counted = Func(Subquery(count, output_field=IntegerField()), 0, function="coalesce")
    rows = people.select_related("user").annotate(client_count=counted)
    return rows.order_by(F("is_active").asc(), "user__full_name", "pk")


def list_line(member: Any) -> list[object]:
    facts = [member.user.full_name, member.user.email, member.is_active]
    return [*facts, member.client_count, member.joined_at.date()]


@require_GET
def leaver_report(request: FirmRequest, member_id: int) -> HttpResponse:
    require_reports(request)
    member = get_reported(request, member_id)
    clients = reportable(request.standing)
    running = assigned_clients(clients, member.user_id)
    ended = ended_ties(clients, member.user_id)
    shows_ended = request.GET.get("show") == "ended"
    page: Any
    if shows_ended:
        page = paginate(ended, NEWEST_FIRST, request.GET)
        lines = list(ended_lines(page.rows, member.user_id))
    else:
        page = paginate(running.select_related("branch"), BY_NAME, request.GET)
        lines = list(running_lines(page.rows))
    branches = reported_branches(request.standing).order_by().values_list("pk", flat=True)
    context = {
        "member": member,
        "page": page,
        "lines": lines,
        "roles": role_lines(member, branches) if member.is_active else [],
        "shows_ended": shows_ended,
        "counts": (running.count(), ended.count()),
    }
    return render_page(request, "clients/leaver_report.html", context)


@require_GET
def leaver_report_export(request: FirmRequest, member_id: int) -> HttpResponseBase:
    require_reports(request)
    member = get_reported(request, member_id)
    return stream(
        request,
        lambda: csv_rows(HEADER, file_lines(request, member)),
        content_type=CSV_TYPE,
        filename=f"leaver-report-{member.pk}.csv",
    )


def file_lines(request: FirmRequest, member: TeamMember) -> Iterator[Sequence[object]]:
    """Running assignments by client, then ended ones; each batch under the rights of its moment."""
    for source in (running_batch, ended_batch):
        start = 0
        while True:
            standing = standing_of_now(request)
            if standing is None:
                yield [STOPPED]
                return
            lines = source(reportable(standing), member.user_id, start)
            yield from map(cells, lines)
            if len(lines) < BATCH:
                break
            start += BATCH


def running_batch(clients: ConnectionQuerySet, user_id: int, start: int) -> list[Line]:
    rows = assigned_clients(clients, user_id).select_related("branch")
    return list(running_lines(rows.order_by(*BY_NAME.columns())[start : start + BATCH]))


def ended_batch(clients: ConnectionQuerySet, user_id: int, start: int) -> list[Line]:
    return list(ended_lines(list(ended_ties(clients, user_id)[start : start + BATCH]), user_id))


def cells(line: Line) -> list[object]:
    row = line.connection
    return [
        row.name,
        row.client_number,
        row.branch.name,
        line.role_label,
        line.since,
        line.granted_by,
        line.reason,
        line.until,
        line.last_used_at,
        line.ended_at,
        line.ended_by,
        line.why_ended,
    ]
