"""Offboard: what leaving means, who takes over, one confirmation, and what is left (F-241)."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.actions.offboarding import offboard_member
from clients.forms.offboarding import OffboardForm
from clients.models import Connection
from clients.models.leaving import assigned_clients
from clients.models.leftovers import BranchTies, departure, leftovers, ties_by_branch
from practice.errors import Refused
from practice.http import FirmRequest, get_member, render_page, require
from practice.models import Branch, BranchMembership, TeamMember, User
from practice.paging import Order, paginate
from practice.permissions import MANAGE_PARENT_ROLES, MANAGE_TEAM

BY_NAME = Order(("name_sort", "id"))


@require_http_methods(["GET", "POST"])
def offboard(request: FirmRequest, member_id: int) -> HttpResponse:
    gone = find_gone(request, member_id)
    if gone:
        return left(request, gone)
    member = get_member(request, member_id)
    member.firm = request.firm
    ties = ties_by_branch(member)
    require_all(request, member, ties)
    form = form_for(request, member, ties)
    if not form.is_bound or not form.is_valid():
        return preview(request, member, ties, form)
    if request.method != "POST":
        context = {**about(member, ties), "form": form, "query": request.GET.urlencode()}
        return render_page(request, "clients/offboard_confirm.html", context)
    try:
        offboard_member(member, form.heirs, by=request.user, reason=form.cleaned_data["reason"])
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return preview(request, member, ties, form)
    messages.success(request, f"{member} has left the firm.")
    return redirect("clients:offboard", request.firm.slug, member.pk)


def find_gone(request: FirmRequest, member_id: int) -> TeamMember | None:
    """Somebody who has left, for those who manage the team of a branch that they worked on."""
    rows = TeamMember.objects.filter(firm_id=request.firm.pk, is_active=False)
    held = request.standing.branches_with(MANAGE_TEAM)
    if held is not None:
        places = BranchMembership.history.filter(firm_id=request.firm.pk, branch_id__in=held)
        rows = rows.filter(pk__in=places.values("member_id"))
    return rows.select_related("user").filter(pk=member_id).first()


def require_all(request: FirmRequest, member: TeamMember, ties: list[BranchTies]) -> None:
    """“Manage Team” wherever the person works or is assigned, and over their parent role."""
    placed = BranchMembership.objects.filter(member=member).values_list("branch_id", flat=True)
    ids = {*placed, *(one.branch_id for one in ties)}
    for branch in Branch.objects.filter(pk__in=ids).order_by("name"):
        require(request.user, MANAGE_TEAM, branch)
    if member.parent_role:
        require(request.user, MANAGE_PARENT_ROLES, request.firm)
    elif not ids:
        require(request.user, MANAGE_TEAM, request.firm)


def form_for(request: FirmRequest, member: TeamMember, ties: list[BranchTies]) -> OffboardForm:
    data: Any = None
    if request.method == "POST":
        data = request.POST
    elif request.GET.get("step") == "confirm":
        data = request.GET
    return OffboardForm(data, ties=ties, colleagues=colleagues_of(member, ties))


def colleagues_of(member: TeamMember, ties: list[BranchTies]) -> dict[int, list[User]]:
    """Branch id → who may take over there: its people, and those with a parent role."""
    rows = TeamMember.objects.filter(firm_id=member.firm_id, is_active=True, user__is_active=True)
    ids = [one.branch_id for one in ties]
    people = rows.exclude(pk=member.pk).filter(
        ~Q(parent_role="") | Q(pk__in=member_ids(ids)),
    )
    placed = defaultdict(set)
    for branch_id, member_id in BranchMembership.objects.filter(branch__in=ids).values_list(
        "branch_id", "member_id"
    ):
        placed[branch_id].add(member_id)
    found = list(people.select_related("user").order_by("user__full_name", "pk"))
    return {
        branch_id: [one.user for one in found if one.parent_role or one.pk in placed[branch_id]]
        for branch_id in ids
    }


def member_ids(branch_ids: list[int]) -> Any:
    return BranchMembership.objects.filter(branch__in=branch_ids).values("member_id")


def about(member: TeamMember, ties: list[BranchTies]) -> dict[str, Any]:
    places = BranchMembership.objects.filter(member=member).select_related("branch")
    return {
        "member": member,
        "places": places.order_by("branch__name"),
        "ties": ties,
        "total": sum(one.total for one in ties),
        "stuck": sum(one.total - one.can_pass for one in ties),
        "primary": sum(one.primary for one in ties),
        "leftovers": leftovers(member),
    }


def preview(
    request: FirmRequest, member: TeamMember, ties: list[BranchTies], form: OffboardForm
) -> HttpResponse:
    """All that ends, and the choice of who takes over. Clients that one may not see are counted."""
    rows: Any = Connection.objects.filter(firm_id=request.firm.pk)
    seen = assigned_clients(rows.for_standing(request.standing, p.VIEW_CLIENT), member.user_id)
    page = paginate(seen.select_related("branch"), BY_NAME, request.GET)
    context = {**about(member, ties), "form": form, "page": page}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/offboard.html", context, status=status)


def left(request: FirmRequest, member: TeamMember) -> HttpResponse:
    """Of somebody who has left already; sending the form again changes nothing."""
    if request.method == "POST":
        messages.error(request, f"{member} no longer works at this firm.")
        return redirect("clients:offboard", request.firm.slug, member.pk)
    found = departure(member)
    context = {"member": member, "departure": found, "leftovers": leftovers(member)}
    return render_page(request, "clients/offboard_done.html", context)
