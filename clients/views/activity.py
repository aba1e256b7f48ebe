"""What happened at clients: the timeline of the whole firm, for the clients one may see (F-093)."""

from collections.abc import Iterator
from dataclasses import replace

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from clients.models import ActivityEvent, Connection, EventKind
from clients.permissions import UPDATE_CLIENTS, VIEW_CLIENT
from practice.auth import fresh_standing
from practice.http import FirmRequest, render_page, stream
from practice.paging import Order, paginate
from practice.permissions import Standing, lacking_all
from practice.spreadsheets import CSV_TYPE, csv_batches

NEWEST_FIRST = Order(("at", "id"), is_descending=True)
BATCH = 500
HEADER = ("When (UTC)", "Client", "Kind", "What", "Who")


@require_GET
def activity_panel(request: FirmRequest) -> HttpResponse:
    url = reverse("clients:activity-panel", kwargs={"firm_slug": request.firm.slug})
    page = paginate(events_for(request, request.standing), NEWEST_FIRST, request.GET)
    page = replace(
        page,
        next_url=page.next_url and url + page.next_url,
        previous_url=page.previous_url and url + page.previous_url,
        exact_url=page.exact_url and url + page.exact_url,
    )
    context = {
        "page": page,
        "kind": kind_of(request),
        "kinds": EventKind.choices,
        "url": url,
        "lacks_upload": lacking_all(request.standing, [UPDATE_CLIENTS]),
    }
    return render_page(request, "clients/activity_panel.html", context, fragment="events")


@require_GET
def activity_export(request: FirmRequest) -> StreamingHttpResponse:
    return stream(
        request,
        lambda: csv_batches(HEADER, batches(request)),
        content_type=CSV_TYPE,
        filename="activity.csv",
    )


def batches(request: FirmRequest) -> Iterator[list[list[object]]]:
    """Each under the rights and ties of its moment (F-058)."""
    last: ActivityEvent | None = None
    while True:
        standing = fresh_standing(request.user.pk, request.firm.pk)
        if standing is None:
            return
        events = events_for(request, standing).order_by(*NEWEST_FIRST.columns())
        if last:
            [further] = NEWEST_FIRST.beyond(NEWEST_FIRST.position(last), is_backward=False)
            events = events.filter(further)
        batch = list(events[:BATCH])
        yield [list(cells(event)) for event in batch]
        if len(batch) < BATCH:
            return
        last = batch[-1]


def kind_of(request: FirmRequest) -> str:
    kind = request.GET.get("kind", "")
    return kind if kind in EventKind.values else ""


def events_for(request: FirmRequest, standing: Standing) -> QuerySet[ActivityEvent]:
    """Events of the clients that the person may see, with what a line shows."""
    seen = Connection.objects.filter(firm_id=request.firm.pk).order_by()
    seen = seen.for_standing(standing, VIEW_CLIENT)
    events = ActivityEvent.objects.for_firm(request.firm).filter(connection__in=seen.values("pk"))
    kind = kind_of(request)
    if kind:
        events = events.filter(kind=kind)
    return events.select_related("connection", "actor")


def cells(event: ActivityEvent) -> Iterator[object]:
    yield event.at
    yield event.connection.name
    yield event.get_kind_display()
    yield event.text
    yield event.actor or ""
