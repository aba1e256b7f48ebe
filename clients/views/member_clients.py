"""The clients that a team member is assigned to (F-021): a tab, and a panel before a removal."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import F, FilteredRelation, Q
from django.http import Http404, HttpResponseBase
from django.views.decorators.http import require_safe

from clients.http import visible
from clients.models import TeamAssignment
from clients.models.connections import ConnectionQuerySet
from clients.roles import ClientRole
from practice.http import FirmRequest, get_member, render_page, stream
from practice.models import Branch, TeamMember
from practice.paging import Order, Page, paginate
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.views.team_member import frame, seen_branches

ORDER = Order(("name_sort", "pk"))
HEADER = ("Client", "Client ID", "Branch", "Role for this client", "Since", "Granted by", "Until")


@require_safe
def member_clients_panel(request: FirmRequest, member_id: int) -> HttpResponseBase:
    member = get_member(request, member_id)
    branch = asked_branch(request)
    rows = clients_of(request, member, branch)
    if request.GET.get("format") == "csv":
        return export(request, member, rows)
    page = on_its_own_page(paginate(rows, ORDER, request.GET), request.path)
    for row in page:
        row.tie_label = ClientRole(row.tie_role).label
    context = {
        **frame(request, member, "clients"),
        "branch": branch,
        "page": page,
        "hidden": ties_of(member, branch).count() - page.total if not page.is_capped else 0,
    }
    return render_page(request, "clients/member_clients.html", context, fragment="member-clients")


def on_its_own_page(page: Page[Any], path: str) -> Page[Any]:
    """The panel stands in another page too, whose address its links must not mean."""

    def whole(query: str) -> str:
        return f"{path}{query}" if query else ""

    return replace(
        page,
        next_url=whole(page.next_url),
        previous_url=whole(page.previous_url),
        exact_url=whole(page.exact_url),
    )


def asked_branch(request: FirmRequest) -> Branch | None:
    """The branch of `?branch=`, among those whose team the person may look at."""
    text = request.GET.get("branch", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404("No such branch.")
    branch = seen_branches(request).filter(pk=int(text)).first()
    if branch is None:
        raise Http404("No such branch.")
    return branch


def ties_of(member: TeamMember, branch: Branch | None) -> Any:
    ties = TeamAssignment.objects.of(member.user_id, member.firm_id)
    return ties.filter(content_object__branch=branch) if branch else ties


def clients_of(
    request: FirmRequest, member: TeamMember, branch: Branch | None
) -> ConnectionQuerySet:
    """Their clients among those that the person may see, with the facts of each assignment."""
    rows = visible(request).select_related("branch")
    found: ConnectionQuerySet = rows.filter(pk__in=ties_of(member, branch).values("content_object"))
    tie = FilteredRelation("assignments", condition=Q(assignments__user_id=member.user_id))
    return found.annotate(
        tie=tie,
        tie_role=F("tie__role"),
        tie_since=F("tie__granted_at"),
        tie_until=F("tie__ends_at"),
        tie_by=F("tie__granted_by__full_name"),
    )


def export(request: FirmRequest, member: TeamMember, rows: ConnectionQuerySet) -> HttpResponseBase:
    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, rows.order_by("name_sort", "pk").iterator(500)))

    name = f"clients-of-{member.pk}.csv"
    return stream(request, lines, content_type=CSV_TYPE, filename=name)


def cells(row: Any) -> list[object]:
    role = ClientRole(row.tie_role).label
    facts = [row.name, row.client_number, row.branch.name, role]
    return [*facts, row.tie_since, row.tie_by, row.tie_until]
