"""The branch selector: which branch the pages are about (F-011)."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from practice.http import FirmRequest, choose_branch, open_branches, render_page
from practice.permissions import MANAGE_BRANCHES

ALL = "all"


@require_http_methods(["GET", "POST"])
def branch_choose(request: FirmRequest) -> HttpResponse:
    """POST keeps the choice in the session. GET is the long list, with a search."""
    if request.method == "POST":
        choose_branch(request, wanted_branch(request))
        return redirect(way_back(request))
    text = request.GET.get("q", "").strip()
    found = [b for b in open_branches(request) if text.casefold() in b.name.casefold()]
    holds = request.standing.holds
    managed = {branch.pk for branch in found if holds(MANAGE_BRANCHES, branch.pk)}
    context = {"found": found, "text": text, "managed": managed}
    return render_page(request, "practice/branch_choose.html", context)


def wanted_branch(request: FirmRequest) -> int | str:
    """A branch that the person works in, or all of them for those with a parent role; else 404."""
    wanted = request.POST.get("branch", "")
    if wanted == ALL and request.standing.parent_role:
        return ALL
    for branch in open_branches(request):
        if str(branch.pk) == wanted:
            return branch.pk
    raise Http404("No such branch.")


def way_back(request: FirmRequest) -> str:
    wanted = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return reverse("practice:dashboard", kwargs={"firm_slug": request.firm.slug})
