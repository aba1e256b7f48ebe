"""The firm's first page. Client figures are panels: they live in an app above."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from practice import clock
from practice.http import FirmRequest, chosen_branch, open_branches
from practice.models import Branch
from practice.permissions import VIEW_BILLING, VIEW_REPORTS, VIEW_TEAM
from practice.views.team import members_for


@require_safe
def dashboard(request: FirmRequest) -> HttpResponse:
    """Of the branch chosen in the selector, or of all branches."""
    branch, holds = chosen_branch(request), request.standing.holds_anywhere
    has_branch = bool(open_branches(request))
    context = {
        "name": branch.name if branch else request.firm.name,
        "branch": branch,
        "today": clock.today(),
        "needs_branch": not has_branch and not Branch.objects.for_firm(request.firm).exists(),
        "team_size": members_for(request).count() if holds(VIEW_TEAM) else None,
        "may_see_bill": holds(VIEW_BILLING),
        "may_see_reports": holds(VIEW_REPORTS),
    }
    return render(request, "practice/dashboard.html", context)
