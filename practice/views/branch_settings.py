"""Add Branch, and the gear beside a branch (F-010…F-010c)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from practice.actions.branches import Taken, add_branch, edit_branch
from practice.forms.branches import BranchAddForm, BranchForm, currency_of
from practice.http import FirmRequest, choose_branch, render_page, require
from practice.models import Branch
from practice.permissions import MANAGE_BRANCHES


@require_http_methods(["GET", "HEAD", "POST"])
def branch_add(request: FirmRequest) -> HttpResponse:
    """A new branch belongs to the firm as a whole: the parent role decides. It is chosen next."""
    require(request.user, MANAGE_BRANCHES, request.firm)
    country = request.firm.country
    form = BranchAddForm(
        request.POST or None, initial={"country": country, "currency": currency_of(country)}
    )
    if form.is_valid():
        try:
            branch = add_branch(request.firm, by=request.user, **form.cleaned_data)
        except Taken as taken:
            form.add_error(taken.field, str(taken))
        else:
            choose_branch(request, branch.pk)
            messages.success(request, f"The branch {branch} is added, and chosen.")
            return redirect("practice:dashboard", firm_slug=request.firm.slug)
    status = 422 if form.is_bound else 200
    return render_page(request, "practice/branch_add.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def branch_settings(request: FirmRequest, branch_id: int) -> HttpResponse:
    branch = get_branch(request, branch_id)
    require(request.user, MANAGE_BRANCHES, branch)
    now = {"name": branch.name, "email": branch.email, "country": branch.country}
    form = BranchForm(request.POST or None, initial=now)
    if form.is_valid():
        try:
            branch = edit_branch(branch, by=request.user, **form.cleaned_data)
        except Taken as taken:
            form.add_error(taken.field, str(taken))
        else:
            messages.success(request, f"The settings of {branch} are saved.")
            return redirect("practice:branch-settings", request.firm.slug, branch.pk)
    context = {"branch": branch, "form": form}
    status = 422 if form.is_bound else 200
    return render_page(request, "practice/branch_settings.html", context, status=status)


def get_branch(request: FirmRequest, branch_id: int) -> Branch:
    """A branch that the person works in; 404 otherwise, the same for foreign and unknown ids."""
    branch = Branch.objects.open_to(request.standing).filter(pk=branch_id).first()
    if branch is None:
        raise Http404("No such branch.")
    return branch
