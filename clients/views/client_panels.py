"""Panels about the portfolio, for the list and for the practice's dashboard (F-013, F-013c)."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from clients.http import visible
from clients.models import ActivityEvent
from clients.models.clocks import Clocks
from clients.models.figures import count_clients, new_by_month
from clients.roles import BillingModel, ConnectionStatus
from practice.charts import Part
from practice.http import FirmRequest, chosen_branch, render_page
from practice.models import Branch

RECENT = 10
IN_BAR = ("total", "active", "inactive")
TONES = {"active": "good", "inactive": "warn", "dormant": "bad"}
MODEL_TONES = {BillingModel.BILL_US: "brand", BillingModel.CLIENT_PAYS: "info"}
STATUSES = (  # the name of the count, the status, the tone
    ("running", ConnectionStatus.ACTIVE, "good"),
    ("paused", ConnectionStatus.PAUSED, "warn"),
    ("pending", ConnectionStatus.PENDING, "info"),
    ("reconnecting", ConnectionStatus.RECONNECTING, "info"),
    ("disconnected", ConnectionStatus.DISCONNECTED, "mute"),
)


@require_GET
def portfolio_panel(request: FirmRequest) -> HttpResponse:
    """The clients that the person sees on the chosen branch: by activity; `?bar` is that alone."""
    rows, branch = visible(request), chosen_branch(request)
    if branch is not None:
        rows = rows.filter(branch_id=branch.pk)
    listed = reverse("clients:client-list", kwargs={"firm_slug": request.firm.slug})
    is_bar = "bar" in request.GET
    clocks = Clocks.of(request.firm)
    counts = count_clients(rows, *(IN_BAR if is_bar else ()), clocks=clocks)
    parts = [
        Part(label, counts[key], TONES[key], f"{listed}?activity={key}")
        for key, label in clocks.activity
    ]
    context: dict[str, Any] = {"counts": counts, "parts": parts, "branch": branch}
    if is_bar:
        return render_page(request, "clients/portfolio_bar.html", context, fragment="panel")
    context |= {
        "statuses": list(by_status(counts, listed)),
        "models": by_model(counts, listed),
        "months": new_by_month(rows),
    }
    return render_page(request, "clients/portfolio.html", context, fragment="panel")


def by_status(counts: dict[str, Any], listed: str) -> Iterator[Part]:
    """States that no client is in are left out, but for the one that all begin with."""
    for name, status, tone in STATUSES:
        if counts[name] or status == ConnectionStatus.ACTIVE:
            is_filter = status != ConnectionStatus.PENDING  # the list has no such filter
            href = f"{listed}?status={status}" if is_filter else ""
            yield Part(str(status.label), counts[name], tone, href)


def by_model(counts: dict[str, Any], listed: str) -> list[Part]:
    return [
        Part(str(model.label), counts[model], tone, f"{listed}?model={model}")
        for model, tone in MODEL_TONES.items()
    ]


@require_GET
def recent_panel(request: FirmRequest) -> HttpResponse:
    """The last ten events at clients that the person may see."""
    branch = chosen_branch(request)
    context = {"events": recent_events(request, branch), "branch": branch}
    return render_page(request, "clients/recent.html", context, fragment="panel")


def recent_events(request: FirmRequest, branch: Branch | None) -> Any:
    """Newest first, of one branch or of all of them."""
    events = ActivityEvent.objects.for_firm(request.firm)
    if branch is not None:
        events = events.filter(connection__branch_id=branch.pk)
    if not request.standing.is_super_admin:
        events = events.filter(connection__in=visible(request).order_by().values("pk"))
    return events.select_related("connection__branch", "actor")[:RECENT]
