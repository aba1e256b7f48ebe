"""Clients from a file, page by page: file, columns, check, result (F-120)."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from clients import permissions as p
from clients.actions.imports import check_import, commit_import, failure_of, start_import
from clients.forms.imports import ColumnsForm, ImportForm
from clients.models import ImportRow, ImportRun, ImportState, RowOutcome
from clients.models.imports import WRITING
from clients.tables import Entry, read_entry
from clients.views.client_add import without_branch
from practice.errors import Refused
from practice.http import FirmRequest, chosen_branch, render_page, require, require_anywhere, stream
from practice.models import Branch
from practice.paging import Order, paginate, with_params
from practice.spreadsheets import CSV_TYPE, csv_rows

EXAMPLES = 3
SEARCHED = 50  # rows, for examples
IN_FILE_ORDER = Order(("number", "id"))
NEWEST_FIRST = Order(("created_at", "id"), is_descending=True)
PROGRESS = "import-progress"  # the element that asks again every second


def get_import(request: FirmRequest, import_id: int) -> ImportRun:
    """One's own import (a Super Admin's: any), with today's rights on its branch."""
    rows = ImportRun.objects.visible_to(request.standing).select_related("branch", "started_by")
    run = rows.filter(pk=import_id).first()
    if run is None:
        raise Http404("No such import.")
    require(request.user, p.CREATE_CLIENTS, run.branch)
    require(request.user, p.UPDATE_CLIENTS, run.branch)
    return run


def import_url(request: FirmRequest, page: str, run: ImportRun) -> str:
    kwargs = {"firm_slug": request.firm.slug, "import_id": run.pk}
    return reverse(f"clients:{page}", kwargs=kwargs)


@require_http_methods(["GET", "POST"])
def import_start(request: FirmRequest) -> HttpResponse:
    open_ones = Branch.objects.open().where(request.standing, p.CREATE_CLIENTS)
    branches = open_ones.where(request.standing, p.UPDATE_CLIENTS)
    if not branches.exists():
        require_anywhere(request, p.UPDATE_CLIENTS)
        return without_branch(request, [p.CREATE_CLIENTS])
    initial = {"branch": chosen_branch(request)}
    form = ImportForm(
        request.POST or None, request.FILES or None, branches=branches, initial=initial
    )
    if form.is_valid():
        run = started(request, form)
        if run:
            return redirect(import_url(request, "import-columns", run))
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/import_start.html", {"form": form}, status=status)


def started(request: FirmRequest, form: ImportForm) -> ImportRun | None:
    """The import, or None with the reason at the field."""
    answers = form.cleaned_data
    try:
        return start_import(
            answers["branch"],
            by=request.user,
            file_name=answers["file"].name,
            data=answers["file"].read(),
            billing_model=answers["billing_model"],
            has_headings=not answers["is_headless"],
        )
    except Refused as refusal:
        form.add_error("file", str(refusal))
        return None


@require_http_methods(["GET", "POST"])
def import_columns(request: FirmRequest, import_id: int) -> HttpResponse:
    """What each column means, with examples; saying so starts the dry run."""
    run = get_import(request, import_id)
    initial = {f"column_{index}": field for index, field in enumerate(run.fields)}
    form = ColumnsForm(run.columns, request.POST or None, initial=initial)
    if form.is_valid():
        try:
            check_import(run, fields=form.chosen, by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(import_url(request, "import-detail", run))
    rows = list(run.rows.order_by("number")[:SEARCHED])
    columns = [(bound, examples(index, rows)) for index, bound in enumerate(form)]
    context = {"run": run, "form": form, "columns": columns, "searched": len(rows)}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/import_columns.html", context, status=status)


def examples(index: int, rows: list[ImportRow]) -> list[str]:
    """The first values of a column."""
    cells = (row.cells[index].strip() for row in rows if len(row.cells) > index)
    return list(islice(filter(None, cells), EXAMPLES))


@require_GET
def import_detail(request: FirmRequest, import_id: int) -> HttpResponse:
    """Progress, the dry run, or the result: whatever the import has come to."""
    run = get_import(request, import_id)
    if run.state == ImportState.MAPPING:
        return redirect(import_url(request, "import-columns", run))
    failure = failure_of(run)
    context: dict[str, Any] = {"run": run, "failure": failure}
    if run.is_running and not failure:
        return render_page(request, "clients/import_detail.html", context, fragment="progress")
    if request.htmx.target == PROGRESS:
        return HttpResponseClientRefresh()
    context |= outcomes(request, run)
    return render_page(request, "clients/import_detail.html", context)


def outcomes(request: FirmRequest, run: ImportRun) -> dict[str, Any]:
    """One page of rows and the counts above them."""
    counts = run.rows.counts()
    chosen = request.GET.get("outcome", "")
    total = counts.get(chosen) if chosen in RowOutcome.values else sum(counts.values())
    page = paginate(chosen_rows(request, run), IN_FILE_ORDER, request.GET, total=total or 0)
    return {
        "page": page,
        "rows": [(row, entry_of(run, row)) for row in page],
        "counts": counts,
        "filters": filters(request, counts, chosen),
        "to_write": sum(counts.get(outcome, 0) for outcome in WRITING),
        "query": request.GET.urlencode(),
    }


def filters(
    request: FirmRequest, counts: dict[str, int], chosen: str
) -> list[tuple[str, str, bool]]:
    """Label, address and whether it is on, for all rows and for each outcome."""
    every = [("", "All", sum(counts.values()))]
    every += [(value, str(label), counts.get(value, 0)) for value, label in RowOutcome.choices]
    return [
        (f"{label} {count:,}", with_params(request.GET, outcome=value), value == chosen)
        for value, label, count in every
    ]


def chosen_rows(request: FirmRequest, run: ImportRun) -> QuerySet[ImportRow]:
    chosen = request.GET.get("outcome", "")
    rows: QuerySet[ImportRow] = run.rows.order_by("number")
    return rows.filter(outcome=chosen) if chosen in RowOutcome.values else rows


def entry_of(run: ImportRun, row: ImportRow) -> Entry:
    """What the row says of its client; the raw line where it could not be read."""
    return Entry(name=row.cells[0][:120]) if row.problem else read_entry(run.fields, row.cells)


@require_POST
def import_commit(request: FirmRequest, import_id: int) -> HttpResponse:
    run = get_import(request, import_id)
    try:
        commit_import(run, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(import_url(request, "import-detail", run))


@require_GET
def import_download(request: FirmRequest, import_id: int) -> HttpResponseBase:
    """Every row of the file with its outcome and reason; formulas made harmless."""
    run = get_import(request, import_id)
    rows = chosen_rows(request, run)
    heading = ["Row", "Outcome", "Reason", *run.columns]
    name = f"import-{run.pk}.csv"
    return stream(
        request, lambda: csv_rows(heading, lines(rows)), content_type=CSV_TYPE, filename=name
    )


def lines(rows: QuerySet[ImportRow]) -> Iterator[list[object]]:
    for row in rows.iterator(chunk_size=2000):
        yield [row.number, row.get_outcome_display(), row.reason, *row.cells]


@require_GET
def import_list(request: FirmRequest) -> HttpResponseBase:
    """Earlier imports: one's own; a Super Admin sees everybody's."""
    require_anywhere(request, p.CREATE_CLIENTS)
    rows = ImportRun.objects.visible_to(request.standing).select_related("branch", "started_by")
    if request.GET.get("format") == "csv":
        return stream(
            request,
            lambda: csv_rows(LIST_HEADINGS, map(list_line, rows.iterator(chunk_size=2000))),
            content_type=CSV_TYPE,
            filename="imports.csv",
        )
    page = paginate(rows, NEWEST_FIRST, request.GET)
    return render_page(request, "clients/import_list.html", {"page": page})


LIST_HEADINGS = ["File", "State", "Rows", "Branch", "By", "When"]


def list_line(run: ImportRun) -> list[object]:
    by, when = str(run.started_by), run.created_at
    return [run.file_name, run.get_state_display(), run.total, run.branch.name, by, when]
