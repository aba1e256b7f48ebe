"""Team Management: who works here, in which roles."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.views.decorators.http import require_safe

from practice.http import FirmRequest, chosen_branch, render_page, require_anywhere, stream
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
    page = one_page(in_list(named(members_for(request), needle)), request.GET)
    context = {
        "page": page,
        "needle": needle,
        "branch": chosen_branch(request),
        "export_query": f"?{urlencode({'q': needle})}" if needle else "",
    }
    return render_page(request, "practice/team.html", context, fragment="team-table")


@require_safe
def team_export(request: FirmRequest) -> StreamingHttpResponse:
    require_anywhere(request, VIEW_TEAM)
    members = in_list(named(members_for(request), tidy(request.GET.get("q", ""))))

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, members.iterator(chunk_size=500)))

    return stream(request, lines, content_type=CSV_TYPE, filename="team.csv")


def members_for(request: FirmRequest) -> QuerySet[TeamMember]:
    """Everyone for a parent role that sees the team; else people of the branches one works on.

    With a branch chosen in the selector, the people of that branch (F-011).
    """
    members = TeamMember.objects.for_firm(request.firm).filter(is_active=True)
    places = BranchMembership.objects.for_firm(request.firm)
    held, branch = request.standing.branches_with(VIEW_TEAM), chosen_branch(request)
    if held is not None:
        places = places.filter(branch_id__in=held)
    if branch is not None:
        places = places.filter(branch=branch)
    if held is None and branch is None:
        return members
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


def one_page(members: QuerySet[TeamMember], params: QueryDict) -> Page[TeamMember]:
    """A firm's team is short enough to be counted and numbered."""
    found = Paginator(members, PAGE_SIZE).get_page(params.get("page"))
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
