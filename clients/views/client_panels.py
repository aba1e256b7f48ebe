"""Panels about the portfolio, for the list and for the practice's dashboard."""

from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from clients.filters import ACTIVITY
from clients.http import visible
from clients.models import ActivityEvent
from clients.models.connections import DORMANT_AFTER, INACTIVE_AFTER
from clients.roles import ConnectionStatus
from practice import clock
from practice.charts import Part
from practice.http import FirmRequest, chosen_branch, render_page

RECENT = 10
TONES = {"active": "good", "inactive": "warn", "dormant": "bad"}


@require_GET
def portfolio_panel(request: FirmRequest) -> HttpResponse:
    """How many clients are active, inactive or dormant, and their states: one pass."""
    inactive, dormant = clock.now() - INACTIVE_AFTER, clock.now() - DORMANT_AFTER
    rows = visible(request)
    branch = chosen_branch(request)
    if branch is not None:
        rows = rows.filter(branch_id=branch.pk)
    is_open = ~Q(status=ConnectionStatus.DISCONNECTED)
    counts = rows.aggregate(
        active=Count("pk", filter=is_open & Q(last_activity_at__gt=inactive)),
        inactive=Count(
            "pk", filter=is_open & Q(last_activity_at__lte=inactive, last_activity_at__gt=dormant)
        ),
        total=Count("pk", filter=is_open),
        paused=Count("pk", filter=Q(status=ConnectionStatus.PAUSED)),
        disconnected=Count("pk", filter=Q(status=ConnectionStatus.DISCONNECTED)),
    )
    counts["dormant"] = counts["total"] - counts["active"] - counts["inactive"]
    listed = reverse("clients:client-list", kwargs={"firm_slug": request.firm.slug})
    parts = [
        Part(label, counts[key], TONES[key], f"{listed}?activity={key}") for key, label in ACTIVITY
    ]
    context = {"counts": counts, "parts": parts, "branch": branch}
    template = "clients/portfolio_bar.html" if "bar" in request.GET else "clients/portfolio.html"
    return render_page(request, template, context, fragment="panel")


@require_GET
def recent_panel(request: FirmRequest) -> HttpResponse:
    """The last ten events at clients that the person may see."""
    events = ActivityEvent.objects.for_firm(request.firm)
    branch = chosen_branch(request)
    if branch is not None:
        events = events.filter(connection__branch_id=branch.pk)
    if not request.standing.is_super_admin:
        events = events.filter(connection__in=visible(request).order_by().values("pk"))
    shown = events.select_related("connection", "actor")[:RECENT]
    return render_page(request, "clients/recent.html", {"events": shown}, fragment="panel")
