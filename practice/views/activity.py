"""Activity: what happened, every change on record, and the words that were sent."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from practice.http import FirmRequest, render_page

TABS = (
    ("activity", "Activity", "practice:activity"),
    ("audit", "Audit", "practice:audit"),
    ("outbox", "Outbox", "practice:outbox"),
)


def activity_tabs(request: FirmRequest) -> list[tuple[Any, ...]]:
    where = {"firm_slug": request.firm.slug}
    return [(key, label, reverse(name, kwargs=where), None) for key, label, name in TABS]


@require_GET
def activity(request: FirmRequest) -> HttpResponse:
    """The events are those of clients: a panel of the app above."""
    return render_page(request, "practice/activity.html", {"tabs": activity_tabs(request)})
