"""Changing what a team member may do, and where they work (F-017…F-021a)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from practice.actions.team import (
    add_to_branch,
    change_branch_role,
    change_parent_role,
    remove_from_branch,
    reset_branch_role,
)
from practice.errors import Conflict, Refused
from practice.forms.team import BranchAddForm, RemovalForm, RightsForm
from practice.http import FirmRequest, get_member, render_page, require, require_anywhere
from practice.models import BranchMembership
from practice.permissions import MANAGE_PARENT_ROLES, MANAGE_TEAM, Permission
from practice.roles import BranchRole, ParentRole
from practice.views.team_member import (
    branches_to_add,
    frame,
    get_place,
    member_url,
    parent_form,
    rights_form,
)


@require_http_methods(["GET", "POST"])
def team_role(request: FirmRequest, member_id: int, branch_id: int) -> HttpResponse:
    """The role on one branch, and single permissions added to it or withdrawn (F-019)."""
    place = get_place(request, member_id, branch_id)
    require(request.user, MANAGE_TEAM, place.branch)
    form = rights_form(request, place.member, place, request.POST or None)
    theirs: dict[str, tuple[str, str]] = {}
    if form.is_valid():
        try:
            change_branch_role(place.member, place.branch, by=request.user, **form.overrides())
        except Conflict as conflict:
            form = against_saved(request, place)
            theirs = difference(form)
            form.add_error(None, str(conflict))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The rights of {place.member} on {place.branch} are saved.")
            return redirect(member_url(request, place.member))
    status = (409 if theirs else 422) if form.is_bound else 200
    context = {**frame(request, place.member, "rights"), "form": form, "theirs": theirs}
    return render_page(request, "practice/team_role.html", context, status=status)


def against_saved(request: FirmRequest, place: BranchMembership) -> RightsForm:
    """The same answers against what is saved: saving again is a decision, not an accident."""
    place.refresh_from_db(fields=["role", "added", "withdrawn"])
    data = request.POST.copy()
    data["version"] = place.version
    form = rights_form(request, place.member, place, data)
    form.is_valid()
    return form


def difference(form: RightsForm) -> dict[str, tuple[str, str]]:
    """What → (saved now, yours), where the two differ."""
    saved, yours = form.place.role, form.cleaned_data["role"]
    found = {"Role": (str(BranchRole(saved).label), str(BranchRole(yours).label))}
    if saved == yours:
        found.clear()
    for code in sorted(form.held ^ frozenset(form.cleaned_data["permissions"])):
        pair = ("held", "not held") if code in form.held else ("not held", "held")
        found[Permission.label_of(code)] = pair
    return found


@require_POST
def team_role_reset(request: FirmRequest, member_id: int, branch_id: int) -> HttpResponse:
    """Back to what the role gives (F-019a)."""
    place = get_place(request, member_id, branch_id)
    require(request.user, MANAGE_TEAM, place.branch)
    version = request.POST.get("version")
    try:
        reset_branch_role(place.member, place.branch, by=request.user, version=version)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        words = f"{place.member} has what {place.get_role_display()} gives on {place.branch}."
        messages.success(request, words)
    return redirect(member_url(request, place.member))


@require_http_methods(["GET", "POST"])
def team_branch_add(request: FirmRequest, member_id: int) -> HttpResponse:
    """One more branch for a member, in a role of its own (F-017a)."""
    member = get_member(request, member_id)
    require_anywhere(request, MANAGE_TEAM)
    form = BranchAddForm(request.POST or None, branches=branches_to_add(request, member))
    if form.is_valid():
        answers = form.cleaned_data
        try:
            add_to_branch(member, answers["branch"], answers["role"], by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            role = BranchRole(answers["role"]).label
            messages.success(request, f"{member} is {role} on {answers['branch']} now.")
            return redirect(member_url(request, member))
    return answer(request, "practice/team_branch_add.html", form, frame(request, member, "rights"))


@require_http_methods(["GET", "POST"])
def team_branch_remove(request: FirmRequest, member_id: int, branch_id: int) -> HttpResponse:
    """Says what ends first; then the place on the branch and the assignments there end (F-021)."""
    place = get_place(request, member_id, branch_id)
    require(request.user, MANAGE_TEAM, place.branch)
    member, branch = place.member, place.branch
    initial = {"reason": f"No longer works on {branch}."}
    form = RemovalForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            remove_from_branch(member, branch, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{member} no longer works on {branch}.")
            return redirect("practice:team", request.firm.slug)
    context = {**frame(request, member, "rights"), "place": place}
    return answer(request, "practice/team_branch_remove.html", form, context)


@require_http_methods(["GET", "POST"])
def team_parent_role(request: FirmRequest, member_id: int) -> HttpResponse:
    """The role over the whole firm (F-018); the last Super Admin keeps theirs (F-021a)."""
    member = get_member(request, member_id)
    require(request.user, MANAGE_PARENT_ROLES, request.firm)
    form = parent_form(request, member, request.POST or None)
    if form.is_valid():
        try:
            change_parent_role(member, by=request.user, **form.cleaned_data)
        except Conflict as conflict:
            member.refresh_from_db(fields=["parent_role"])
            data = request.POST.copy()
            data["version"] = member.parent_role
            form = parent_form(request, member, data)
            form.add_error(None, f"{conflict} Saved now: {member.role_label}.")
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            role = form.cleaned_data["role"]
            label = ParentRole(role).label if role else "no parent role"
            messages.success(request, f"{member} has {label} now.")
            return redirect(member_url(request, member))
    return answer(request, "practice/team_parent_role.html", form, frame(request, member, "rights"))


def answer(request: FirmRequest, template: str, form: Any, context: dict[str, Any]) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render_page(request, template, {**context, "form": form}, status=status)
