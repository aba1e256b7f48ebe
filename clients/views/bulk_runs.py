"""A bulk run from its dry run to its results, and back (F-087, F-087a, F-246)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from clients import permissions as p
from clients.actions.bulk import (
    PERMISSIONS,
    commit_run,
    failure_of,
    open_file,
    stored,
    undo_run,
)
from clients.actions.bulk.starting import RUNNING
from clients.http import require_of_a_client, visible
from clients.models import BulkItem, BulkOutcome, BulkRun, BulkState, Connection
from clients.models.bulk import UNDO_WITHIN
from clients.views.client_list import list_url
from practice.actions.downloads import note_download
from practice.errors import Refused
from practice.http import FirmRequest, render_page, stream
from practice.paging import Order, paginate, with_params
from practice.spreadsheets import CSV_TYPE, csv_rows

IN_ORDER = Order(("id",))
NEWEST_FIRST = Order(("created_at", "id"), is_descending=True)
PROGRESS = "bulk-progress"  # the element that asks again every second
REASONS = 5
BATCH = 2000
UNSEEN = "a client that you do not see"
# Outcomes that the person brought about: the client's name is no news to them.
OWN = frozenset({BulkOutcome.CHANGED, BulkOutcome.UNDONE})
CONFIRM = {
    "transfer": "Transfer {}",
    "team": "Assign people to {}",
    "access": "Change access of {}",
    "export": "Export {}",
    "tags": "Add tags to {}",
    "reports": "Generate report on {}",
}


def get_run(request: FirmRequest, run_id: int) -> BulkRun:
    """One's own run (a Super Admin's: any), with today's right to do such a thing."""
    rows = BulkRun.objects.visible_to(request.standing).select_related("started_by", "undone_by")
    run = rows.filter(pk=run_id).first()
    if run is None:
        raise Http404("No such bulk action.")
    require_of_a_client(request, PERMISSIONS[run.action])
    return run


def bulk_url(request: FirmRequest, page: str, run: BulkRun) -> str:
    kwargs = {"firm_slug": request.firm.slug, "run_id": run.pk}
    return reverse(f"clients:{page}", kwargs=kwargs)


@require_GET
def bulk_detail(request: FirmRequest, run_id: int) -> HttpResponse:
    """Progress, the dry run, or the results: whatever the run has come to."""
    run = get_run(request, run_id)
    failure = failure_of(run)
    context: dict[str, Any] = {"run": run, "failure": failure}
    if run.state in RUNNING and not failure:
        return render_page(request, "clients/bulk_detail.html", context, fragment="progress")
    if request.htmx.target == PROGRESS:
        return HttpResponseClientRefresh()
    context |= outcomes(request, run)
    return render_page(request, "clients/bulk_detail.html", context)


def outcomes(request: FirmRequest, run: BulkRun) -> dict[str, Any]:
    """One page of clients, the counts above them, and why some were skipped."""
    counts = run.items.counts()
    chosen = request.GET.get("outcome", "")
    total = counts.get(chosen, 0) if chosen in BulkOutcome.values else sum(counts.values())
    page = paginate(chosen_items(request, run), IN_ORDER, request.GET, total=total)
    to_do = counts.get(BulkOutcome.WILL_CHANGE, 0)
    return {
        "page": page,
        "rows": told(request, page.rows),
        "counts": counts,
        "stats": stats(request, run, counts),
        "skipped": skipped(run),
        "to_do": to_do,
        "confirm": CONFIRM[run.action].format(f"{to_do:,} client{'' if to_do == 1 else 's'}"),
        "undo_until": run.finished_at + UNDO_WITHIN if run.finished_at else None,
        "file": stored(run),
        "query": request.GET.urlencode(),
        "back": list_url(request, run.query),
    }


def stats(
    request: FirmRequest, run: BulkRun, counts: dict[str, int]
) -> list[tuple[str, str, int, str, bool]]:
    """Value, label, count, address and whether it is on, for each outcome that there can be."""
    before = (BulkOutcome.WILL_CHANGE, BulkOutcome.UNCHANGED, BulkOutcome.SKIPPED)
    after = (BulkOutcome.CHANGED, BulkOutcome.UNCHANGED, BulkOutcome.SKIPPED)
    usual = before if run.state in {BulkState.CHECKING, BulkState.CHECKED} else after
    shown = [one for one in BulkOutcome if one in usual or counts.get(one)]
    chosen = request.GET.get("outcome", "")
    return [
        (
            one.value,
            str(one.label),
            counts.get(one, 0),
            with_params(request.GET, outcome="" if one == chosen else one.value),
            one == chosen,
        )
        for one in shown
    ]


def skipped(run: BulkRun) -> list[tuple[str, int]]:
    """The commonest reasons why clients were left out, with how many."""
    rows = run.items.filter(outcome=BulkOutcome.SKIPPED).order_by()
    counted = rows.values_list("reason").annotate(many=Count("pk")).order_by("-many", "reason")
    return list(counted[:REASONS])


def chosen_items(request: FirmRequest, run: BulkRun) -> QuerySet[BulkItem]:
    chosen = request.GET.get("outcome", "")
    rows: QuerySet[BulkItem] = run.items.order_by("pk")
    return rows.filter(outcome=chosen) if chosen in BulkOutcome.values else rows


def told(request: FirmRequest, items: Iterable[BulkItem]) -> list[tuple[BulkItem, Any, bool]]:
    """Item, client and whether its page opens; the client is None where its name is hidden."""
    items = list(items)
    ids = {item.connection_id for item in items}
    clients = Connection.objects.only("name", "client_number").in_bulk(ids)
    seen = set(visible(request).filter(pk__in=ids).values_list("pk", flat=True))
    return [
        (
            item,
            clients[item.connection_id]
            if item.connection_id in seen or item.outcome in OWN
            else None,
            item.connection_id in seen,
        )
        for item in items
    ]


@require_POST
def bulk_commit(request: FirmRequest, run_id: int) -> HttpResponse:
    run = get_run(request, run_id)
    try:
        commit_run(run, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(bulk_url(request, "bulk-detail", run))


@require_http_methods(["GET", "POST"])
def bulk_undo(request: FirmRequest, run_id: int) -> HttpResponse:
    """What undoing means, and the button; an undo is not undone again."""
    run = get_run(request, run_id)
    if request.method == "GET" and run.may_be_undone:
        count = run.items.filter(outcome=BulkOutcome.CHANGED).count()
        return render_page(request, "clients/bulk_undo.html", {"run": run, "count": count})
    try:
        undo_run(run, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(bulk_url(request, "bulk-detail", run))


@require_GET
def bulk_download(request: FirmRequest, run_id: int) -> HttpResponseBase:
    """Every client with its outcome and reason."""
    run = get_run(request, run_id)
    rows = chosen_items(request, run)
    heading = ["Client ID", "Client", "Outcome", "Reason"]
    return stream(
        request,
        lambda: csv_rows(heading, lines(request, rows)),
        content_type=CSV_TYPE,
        filename=f"bulk-{run.pk}.csv",
    )


def lines(request: FirmRequest, rows: QuerySet[BulkItem]) -> Iterator[list[str]]:
    last = 0
    while batch := list(rows.filter(pk__gt=last)[:BATCH]):
        for item, client, _ in told(request, batch):
            number, name = (client.client_number, client.name) if client else ("", UNSEEN)
            yield [number, name, item.get_outcome_display(), item.reason]
        last = batch[-1].pk


@require_GET
def bulk_file(request: FirmRequest, run_id: int) -> HttpResponseBase:
    """The file that the run made, while the person may export every client in it."""
    run = get_run(request, run_id)
    if not stored(run):
        raise Http404("There is no file.")
    if is_beyond(request, run):
        messages.error(request, "Your rights changed since the file was made. Make it again.")
        return redirect(bulk_url(request, "bulk-detail", run))
    name = f"{run.action}-{run.pk}.csv"
    note_download(request.firm, request.member, name)
    return FileResponse(
        open_file(run), as_attachment=True, filename=name,
        content_type=CSV_TYPE,
    )  # fmt: skip


def is_beyond(request: FirmRequest, run: BulkRun) -> bool:
    """Whether the file holds a client that the person may no longer export (F-058)."""
    taken = run.items.filter(outcome=BulkOutcome.CHANGED).order_by().values("connection_id")
    rows = Connection.objects.filter(firm_id=request.firm.pk, pk__in=taken)
    may = rows.for_standing(request.standing, p.EXPORT_CLIENTS).values("pk")
    return rows.exclude(pk__in=may).exists()


@require_GET
def bulk_list(request: FirmRequest) -> HttpResponseBase:
    """Earlier bulk actions: one's own; a Super Admin sees everybody's."""
    rows = BulkRun.objects.visible_to(request.standing).select_related("started_by")
    if request.GET.get("format") == "csv":
        return stream(
            request,
            lambda: csv_rows(LIST_HEADINGS, map(list_line, rows.iterator(chunk_size=BATCH))),
            content_type=CSV_TYPE,
            filename="bulk-actions.csv",
        )
    page = paginate(rows, NEWEST_FIRST, request.GET)
    return render_page(request, "clients/bulk_list.html", {"page": page})


LIST_HEADINGS = ["Action", "State", "Clients", "Why", "By", "When"]


def list_line(run: BulkRun) -> list[object]:
    by, when = str(run.started_by), run.created_at
    action, state = run.get_action_display(), run.get_state_display()
    return [action, state, run.total, run.reason, by, when]
