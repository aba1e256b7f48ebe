"""One team member: who they are, what they may do where, and how that came about (F-017…F-021)."""

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from practice.actions.limits import lacking, named
from practice.auth import explain, has_second_factor
from practice.forms.team import ParentRoleForm, RightsForm
from practice.http import FirmRequest, get_member, render_page, stream
from practice.models import Branch, BranchMembership, TeamMember
from practice.models.firms import BranchQuerySet
from practice.models.rights import RightsChange, rights_changes
from practice.permissions import MANAGE_PARENT_ROLES, MANAGE_TEAM, VIEW_TEAM, Permission
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.views.team import numbered

PLACES_SHOWN = 10
TABS = (
    ("rights", "Roles and permissions", "practice:team-member"),
    ("clients", "Clients", "clients:member-clients-panel"),
    ("history", "History", "practice:team-member-history"),
)
HEADER = ("When", "What", "Where", "Change", "By", "Reason")


@require_safe
def team_member(request: FirmRequest, member_id: int) -> HttpResponse:
    member = get_member(request, member_id)
    places = places_of(request, member).order_by("branch__name", "pk")
    page = numbered(places, request.GET, PLACES_SHOWN)
    context = {
        **frame(request, member, "rights"),
        "page": page,
        "cards": [rights_form(request, member, place) for place in page],
        "parent_form": parent_form(request, member),
        "has_second_factor": has_second_factor(member.user_id),
        "may_add": branches_to_add(request, member).exists(),
    }
    return render_page(request, "practice/team_member.html", context)


@require_safe
def team_member_history(request: FirmRequest, member_id: int) -> HttpResponseBase:
    member = get_member(request, member_id)
    changes = rights_changes(member, seen_branches(request))
    if request.GET.get("format") == "csv":
        return export(request, member, changes)
    page = numbered(changes, request.GET)
    context = {**frame(request, member, "history"), "page": page}
    return render_page(request, "practice/team_member_history.html", context)


def export(
    request: FirmRequest, member: TeamMember, changes: list[RightsChange]
) -> HttpResponseBase:
    rows = [[c.at, c.what, c.where, "; ".join(c.words), c.by, c.reason] for c in changes]
    name = f"rights-{member.pk}.csv"
    return stream(request, lambda: csv_rows(HEADER, rows), content_type=CSV_TYPE, filename=name)


def frame(request: FirmRequest, member: TeamMember, tab: str) -> dict[str, Any]:
    """What the head of every tab about a member shows."""
    words = {"firm_slug": request.firm.slug, "member_id": member.pk}
    tabs = [(key, label, reverse(view, kwargs=words), None) for key, label, view in TABS]
    return {"member": member, "tabs": tabs, "tab": tab}


def member_url(request: FirmRequest, member: TeamMember) -> str:
    return reverse("practice:team-member", args=[request.firm.slug, member.pk])


def seen_branches(request: FirmRequest) -> BranchQuerySet:
    """Branches whose team the person may look at."""
    branches: BranchQuerySet = Branch.objects.open()
    return branches.where(request.standing, VIEW_TEAM)


def places_of(request: FirmRequest, member: TeamMember) -> Any:
    places = BranchMembership.objects.filter(member=member, branch__in=seen_branches(request))
    return places.select_related("branch")


def get_place(request: FirmRequest, member_id: int, branch_id: int) -> BranchMembership:
    """A member's place on a branch that one may look at; else 404."""
    member = get_member(request, member_id)
    found: BranchMembership | None = places_of(request, member).filter(branch=branch_id).first()
    if found is None:
        raise Http404("Nobody by that number works on such a branch.")
    found.member = member
    return found


def branches_to_add(request: FirmRequest, member: TeamMember) -> BranchQuerySet:
    """Branches whose team the person manages, and on which the member is not."""
    branches: BranchQuerySet = Branch.objects.open()
    return branches.where(request.standing, MANAGE_TEAM).exclude(
        pk__in=BranchMembership.objects.filter(member=member).values("branch_id")
    )


def rights_form(
    request: FirmRequest, member: TeamMember, place: BranchMembership, data: Any = None
) -> RightsForm:
    place.member = member
    lacks = why_not_change(request, place)
    return RightsForm(data, place=place, giver=request.standing, lacks=lacks)


def why_not_change(request: FirmRequest, place: BranchMembership) -> str:
    """ "" or why the person cannot change this place: no permission, or it is beyond their own."""
    if not explain(request.user, MANAGE_TEAM, place.branch).allowed:
        return needed(MANAGE_TEAM)
    beyond = lacking(request.standing, place.standing.permissions, place.branch_id)
    return f"{place.member} holds what you do not have here: {named(beyond)}." if beyond else ""


def parent_form(request: FirmRequest, member: TeamMember, data: Any = None) -> ParentRoleForm:
    may = explain(request.user, MANAGE_PARENT_ROLES, request.firm).allowed
    lacks = "" if may else needed(MANAGE_PARENT_ROLES)
    return ParentRoleForm(data, parent_role=member.parent_role, lacks=lacks)


def needed(permission: Permission) -> str:
    return f"You need the permission “{permission.label}”."
