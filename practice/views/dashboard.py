"""The firm's first page. Client figures are panels: they live in an app above."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from practice import clock
from practice.http import FirmRequest, chosen_branch, open_branches
from practice.models import Branch
from practice.permissions import VIEW_BILLING, VIEW_ORGANISATION, VIEW_REPORTS, VIEW_TEAM
from practice.views.team import members_for


@require_safe
def dashboard(request: FirmRequest) -> HttpResponse:
    """Of the branch chosen in the selector, or of all branches (F-013, F-013c)."""
    branch, standing = chosen_branch(request), request.standing
    has_branch = bool(open_branches(request))
    context = {
        "name": branch.name if branch else request.firm.name,
        "branch": branch,
        "today": clock.today(),
        "needs_branch": not has_branch and not Branch.objects.for_firm(request.firm).exists(),
        "team_size": members_for(request).count() if holds_here(request, VIEW_TEAM) else None,
        "team_hint": f"Who work in {branch}" if branch else "Who work at the firm",
        "may_see_bill": holds_here(request, VIEW_BILLING),
        "may_see_reports": standing.holds_anywhere(VIEW_REPORTS),
        "has_parent_dashboard": standing.holds(VIEW_ORGANISATION),
    }
    return render(request, "practice/dashboard.html", context)


def holds_here(request: FirmRequest, permission: str) -> bool:
    """On the chosen branch; on one branch at least where all are chosen."""
    branch = chosen_branch(request)
    if branch is None:
        return request.standing.holds_anywhere(permission)
    return request.standing.holds(permission, branch.pk)
