"""Team Management: who works here, in which roles."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from practice.http import (
    FirmRequest,
    chosen_branch,
    render_page,
    require_anywhere,
    stream,
    visible_members,
)
from practice.models import BranchMembership, TeamMember
from practice.paging import PAGE_SIZE, Page, with_params
from practice.permissions import VIEW_TEAM
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.text import tidy

HEADER = ("Name", "Email", "Parent role", "Branch roles", "Joined")


@require_safe
def team(request: FirmRequest) -> HttpResponse:
    require_anywhere(request, VIEW_TEAM)
    needle = tidy(request.GET.get("q", ""))
    page = numbered(in_list(named(members_for(request), needle)), request.GET)
    context = {
        "page": page,
        "tabs": team_tabs(request),
        "needle": needle,
        "branch": chosen_branch(request),
        "export_query": f"?{urlencode({'q': needle})}" if needle else "",
    }
    return render_page(request, "practice/team.html", context, fragment="team-table")


def team_tabs(request: FirmRequest) -> list[tuple[str, str, str, None]]:
    """Those who work here, and those who are asked to."""
    tabs = [("members", "Team Members", "practice:team")]
    tabs.append(("invitations", "Team Invitations", "invitations:team-invitations"))
    found: list[tuple[str, str, str, None]] = []
    for key, label, name in tabs:
        with suppress(NoReverseMatch):
            found.append((key, label, reverse(name, args=[request.firm.slug]), None))
    return found


@require_safe
def team_export(request: FirmRequest) -> StreamingHttpResponse:
    require_anywhere(request, VIEW_TEAM)
    members = in_list(named(members_for(request), tidy(request.GET.get("q", ""))))

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, members.iterator(chunk_size=500)))

    return stream(request, lines, content_type=CSV_TYPE, filename="team.csv")


def members_for(request: FirmRequest) -> QuerySet[TeamMember]:
    """Those one may see; of the branch in the selector, if one is chosen (F-011)."""
    members, branch = visible_members(request), chosen_branch(request)
    if branch is None:
        return members
    held = request.standing.branches_with(VIEW_TEAM)
    if held is not None and branch.pk not in held:
        return members.none()
    places = BranchMembership.objects.for_firm(request.firm).filter(branch=branch)
    return members.filter(pk__in=places.values("member_id"))


def named(members: QuerySet[TeamMember], needle: str) -> QuerySet[TeamMember]:
    if not needle:
        return members
    return members.filter(Q(user__full_name__icontains=needle) | Q(user__email__icontains=needle))


def in_list(members: QuerySet[TeamMember]) -> QuerySet[TeamMember]:
    """By name, with what a row of the list shows."""
    memberships = BranchMembership.objects.select_related("branch").order_by("branch__name")
    return (
        members.select_related("user")
        .prefetch_related(Prefetch("memberships", queryset=memberships))
        .order_by("user__full_name", "pk")
    )


def numbered(rows: Any, params: QueryDict, size: int = PAGE_SIZE) -> Page[Any]:
    """A page of what is short enough to be counted and numbered: a team, a person's places."""
    found = Paginator(rows, size).get_page(params.get("page"))
    ahead, back = str(found.number + 1), str(found.number - 1)
    return Page(
        rows=list(found.object_list),
        start=found.start_index(),
        total=found.paginator.count,
        next_url=with_params(params, page=ahead) if found.has_next() else "",
        previous_url=with_params(params, page=back) if found.has_previous() else "",
    )


def cells(member: TeamMember) -> list[object]:
    roles = (f"{m.branch.name}: {m.get_role_display()}" for m in member.memberships.all())
    return [
        member.user.full_name,
        member.user.email,
        member.get_parent_role_display(),
        "; ".join(roles),
        member.joined_at.date(),
    ]
