"""Team Assignments of one client: who works for it, since when, and do they (F-056…F-062)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from clients import permissions as p
from clients.actions.assignments import set_primary
from clients.http import get_connection
from clients.models import AccessVisit, AssignmentRequest, Connection, TeamAssignment
from clients.views.client_detail import team_of, workspace
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.models import TeamMember
from practice.paging import numbered
from practice.spreadsheets import CSV_TYPE, csv_rows

HEADER = (
    "Name",
    "Email",
    "Role for this client (staff)",
    "Primary accountant",
    "Since",
    "Granted by",
    "Reason",
    "Until",
    "Last used",
    "Unused access",
)


@dataclass(frozen=True)
class Line:
    """One assigned person as the table shows them."""

    tie: TeamAssignment
    member_id: int | None
    last_used_at: datetime | None

    @property
    def is_unused(self) -> bool:
        return self.tie.is_unused(self.last_used_at)


@require_GET
def client_team(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    page = numbered(team_of(connection), request.GET)
    context = {
        **workspace(request, connection, "team"),
        "page": page,
        "lines": lines_of(connection, page.rows),
        "grant": explain(request.user, p.GRANT_ACCESS, connection),
        "revoke": explain(request.user, p.REVOKE_ACCESS, connection),
        "asked": requests_at(connection),
    }
    return render_page(request, "clients/client_team.html", context)


def requests_at(connection: Connection) -> Any:
    """Who asks to be assigned, the oldest first."""
    rows = AssignmentRequest.objects.open().filter(connection=connection)
    return rows.select_related("asked_by").order_by("pk")


@require_GET
def client_team_export(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    connection = get_connection(request, connection_id)
    rows = [cells(line) for line in lines_of(connection, list(team_of(connection)))]
    name = f"team-assignments-{connection.pk}.csv"
    return stream(request, lambda: csv_rows(HEADER, rows), content_type=CSV_TYPE, filename=name)


def lines_of(connection: Connection, ties: Sequence[TeamAssignment]) -> list[Line]:
    user_ids = [tie.user_id for tie in ties]
    visits = AccessVisit.objects.filter(connection=connection, user_id__in=user_ids).order_by()
    used = dict(visits.values_list("user_id").annotate(Max("at")))
    members = TeamMember.objects.filter(firm_id=connection.firm_id, user_id__in=user_ids)
    member_ids = dict(members.values_list("user_id", "pk"))
    return [Line(tie, member_ids.get(tie.user_id), used.get(tie.user_id)) for tie in ties]


def cells(line: Line) -> Iterable[object]:
    tie = line.tie
    yield tie.user.full_name
    yield tie.user.email
    yield tie.get_role_display()
    yield tie.is_primary
    yield tie.granted_at
    yield tie.granted_by or ""
    yield tie.reason
    yield tie.ends_at if tie.is_timed else tie.last_day
    yield line.last_used_at
    yield line.is_unused


@require_POST
def client_team_primary(request: FirmRequest, connection_id: int, member_id: int) -> HttpResponse:
    """Put the star on one of the assigned."""
    connection = get_connection(request, connection_id)
    member = get_colleague(request, member_id)
    require(request.user, p.GRANT_ACCESS, connection)
    try:
        set_primary(connection, member.user, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{member} is the primary accountant.")
    return redirect(team_url(request, connection))


def get_colleague(request: FirmRequest, member_id: int) -> TeamMember:
    members: Any = TeamMember.objects.for_firm(request.firm).select_related("user")
    member: TeamMember | None = members.filter(pk=member_id).first()
    if member is None:
        raise Http404("No such team member.")
    return member


def team_url(request: FirmRequest, connection: Connection) -> str:
    kwargs = {"firm_slug": request.firm.slug, "connection_id": connection.pk}
    return reverse("clients:client-team", kwargs=kwargs)
