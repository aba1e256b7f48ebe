"""Activity > Audit: every change that is on record, who made it and why (F-222)."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.views.decorators.http import require_GET

from practice.forms.audit import AuditFilterForm
from practice.http import FirmRequest, render_page, require_anywhere, stream
from practice.models.entries import Entry, entries
from practice.models.trail import Place, Trail, Viewer, read_versions, sources
from practice.paging import PAGE_SIZE, Page, with_params
from practice.permissions import VIEW_AUDIT
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.views.activity import activity_tabs

EXPORT_BATCH = 500
HEADER = (
    "When (UTC)",
    "Who",
    "On behalf of",
    "Kind",
    "What",
    "Name",
    "Client",
    "Field",
    "Before",
    "After",
    "Reason",
    "IP address",
    "Request",
)


@require_GET
def audit(request: FirmRequest) -> HttpResponse:
    require_anywhere(request, VIEW_AUDIT)
    viewer, form = asked(request)
    page = page_of(Trail(viewer, form.wanted()), request.GET) if form.is_valid() else None
    context = {
        "form": form,
        "page": page,
        "entries": page.rows if page else [],
        "tabs": activity_tabs(request),
        "export_query": request.GET.urlencode(),
        "is_filtered": any(request.GET.get(name) for name in form.fields),
    }
    status = 200 if form.is_valid() else 422
    return render_page(request, "practice/audit.html", context, fragment="trail", status=status)


@require_GET
def audit_export(request: FirmRequest) -> HttpResponse | StreamingHttpResponse:
    require_anywhere(request, VIEW_AUDIT)
    viewer, form = asked(request)
    if not form.is_valid():
        return audit(request)
    trail = Trail(viewer, form.wanted())

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, cells(whole(trail)))

    return stream(request, lines, content_type=CSV_TYPE, filename="audit.csv")


def asked(request: FirmRequest) -> tuple[Viewer, AuditFilterForm]:
    viewer = Viewer(request.user, request.standing)
    return viewer, AuditFilterForm(request.GET, viewer=viewer, time_zone=request.firm.time_zone)


def page_of(trail: Trail, params: QueryDict) -> Page[Entry]:
    """By keyset over the merged tables: date, table, id."""
    after, before = (read_edge(params.get(name, "")) for name in ("after", "before"))
    places, start = first_places(trail, after, before)
    total, is_capped = trail.count()
    shown = places[:PAGE_SIZE]
    found = entries(read_versions(shown), trail.viewer)
    has_next = len(places) > PAGE_SIZE
    return Page(
        rows=found,
        start=start,
        total=max(total, start + len(found) - 1) if found else 0,
        is_capped=is_capped,
        next_url=edge_url(params, "after", shown[-1], start + PAGE_SIZE) if has_next else "",
        previous_url=edge_url(params, "before", shown[0], start - PAGE_SIZE) if start > 1 else "",
    )


Edge = tuple[Place, int]


def first_places(trail: Trail, after: Edge | None, before: Edge | None) -> tuple[list[Place], int]:
    """The places of the page and one more behind it if there is one; the number of the first."""
    most = PAGE_SIZE + 1
    if after and (places := trail.places(most, after[0])):
        return places, max(2, after[1])
    if before:
        places = trail.places(most, before[0], is_backward=True)
        if len(places) == most:
            return [*places[:PAGE_SIZE][::-1], before[0]], max(2, before[1])
    return trail.places(most), 1


def edge_url(params: QueryDict, name: str, place: Place, start: int) -> str:
    facts = [place.at.isoformat(), sources()[place.rank].key, place.history_id, max(1, start)]
    text = urlsafe_b64encode(json.dumps(facts).encode()).decode().rstrip("=")
    return with_params(params, **{name: text})


def read_edge(text: str) -> Edge | None:
    """None when it is absent or damaged: the first page is shown."""
    ranks = {source.key: rank for rank, source in enumerate(sources())}
    try:
        at, key, history_id, start = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not 0 < history_id < 2**63:
            return None
        return Place(moment, ranks[key], int(history_id)), int(start)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None


def whole(trail: Trail) -> Iterator[Entry]:
    """The trail from the newest line to the oldest, some hundred at a time."""
    places = trail.places(EXPORT_BATCH)
    while places:
        yield from entries(read_versions(places), trail.viewer)
        places = trail.places(EXPORT_BATCH, places[-1])


def cells(lines: Iterable[Entry]) -> Iterator[list[object]]:
    """One row of the file per changed field, so that a spreadsheet can filter by it."""
    for line in lines:
        head = [line.at, line.who, line.on_behalf_of, line.kind, line.verb, line.about, line.client]
        tail = [line.reason, line.ip, line.request_id]
        for change in line.changes:
            yield [*head, change.label, change.before, change.after, *tail]
        if not line.changes:
            yield [*head, "", "", "", *tail]
