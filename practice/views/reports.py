"""Reports: what can be read and taken away today."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from practice.http import FirmRequest, require_anywhere
from practice.permissions import VIEW_AUDIT, VIEW_OUTBOX, VIEW_REPORTS, VIEW_TEAM


@require_safe
def reports(request: FirmRequest) -> HttpResponse:
    require_anywhere(request, VIEW_REPORTS)
    holds = request.standing.holds_anywhere
    context = {
        "may_see_audit": holds(VIEW_AUDIT),
        "may_see_outbox": holds(VIEW_OUTBOX),
        "may_see_team": holds(VIEW_TEAM),
    }
    return render(request, "practice/reports.html", context)
