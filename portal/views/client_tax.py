"""Tax returns of a client in the practice: the list, adding, editing, moving (F-180, F-181)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from clients import permissions as p
from clients.http import get_connection
from clients.models import Connection
from clients.views.client_detail import workspace
from portal.actions.tax import (
    add_tax_return,
    edit_tax_return,
    move_tax_return,
    people_to_tell,
    remove_tax_return,
)
from portal.forms.tax import MoveForm, TaxReturnForm
from portal.models import TaxReturn
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import Order, paginate
from practice.spreadsheets import CSV_TYPE, csv_rows

ORDER = Order(("year", "pk"), is_descending=True)
HEADER = (
    "Tax return", "Year", "Step", "To be filed by", "Preparing since", "In review since",
    "Ready to sign since", "Filed on", "Approved by", "Approved (UTC)", "File", "SHA-256 approved",
)  # fmt: skip


@require_GET
def client_tax(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_CLIENT_FILES, connection)
    context = {
        **workspace(request, connection, "tax"),
        "page": paginate(TaxReturn.objects.of(connection.pk), ORDER, request.GET),
        "manage": explain(request.user, p.MANAGE_FILES, connection),
    }
    return render_page(request, "portal/client_tax.html", context)


@require_GET
def client_tax_export(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_CLIENT_FILES, connection)

    def lines() -> Iterable[str]:
        rows = TaxReturn.objects.of(connection.pk).order_by(*ORDER.columns())
        return csv_rows(HEADER, map(cells, rows.iterator(chunk_size=500)))

    name = f"tax-returns-{connection.pk}.csv"
    return stream(request, lines, content_type=CSV_TYPE, filename=name)


def cells(row: TaxReturn) -> Iterator[object]:
    yield row.title
    yield row.year
    yield row.get_step_display()
    yield row.due_on
    yield row.preparing_on
    yield row.review_on
    yield row.ready_on
    yield row.filed_on
    yield row.approver
    yield row.approved_at
    yield row.file or ""
    yield row.approved_sha256


@require_http_methods(["GET", "POST"])
def client_tax_add(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.MANAGE_FILES, connection)
    form = TaxReturnForm(posted(request), connection=connection)
    if form.is_valid():
        try:
            added = add_tax_return(connection, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"“{added}” is added.")
            return back(request, connection_id)
    context = {"connection": connection, "form": form, "heading": "Add tax return"}
    return render_page(request, "portal/client_tax_form.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def client_tax_edit(request: FirmRequest, connection_id: int, tax_id: int) -> HttpResponse:
    connection, found = get_tax_return(request, connection_id, tax_id)
    form = TaxReturnForm(posted(request), connection=connection, tax_return=found)
    if form.is_valid():
        try:
            edit_tax_return(found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Changes saved.")
            return back(request, connection_id)
    context = {
        "connection": connection,
        "form": form,
        "heading": "Edit tax return",
        "tax_return": found,
    }
    return render_page(request, "portal/client_tax_form.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def client_tax_move(request: FirmRequest, connection_id: int, tax_id: int) -> HttpResponse:
    connection, found = get_tax_return(request, connection_id, tax_id)
    people = people_to_tell(connection)
    form = MoveForm(posted(request), tax_return=found, people=people)
    if form.is_valid():
        try:
            moved = move_tax_return(found, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"“{moved}” is at “{moved.get_step_display()}” now.")
            return back(request, connection_id)
    context = {"connection": connection, "form": form, "tax_return": found}
    return render_page(request, "portal/client_tax_move.html", context, status=status_of(form))


@require_http_methods(["GET", "POST"])
def client_tax_remove(request: FirmRequest, connection_id: int, tax_id: int) -> HttpResponse:
    connection, found = get_tax_return(request, connection_id, tax_id)
    if request.method == "POST":
        try:
            remove_tax_return(found, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"“{found}” is removed.")
        return back(request, connection_id)
    context = {"connection": connection, "tax_return": found}
    return render_page(request, "portal/client_tax_remove.html", context)


def get_tax_return(
    request: FirmRequest, connection_id: int, tax_id: int
) -> tuple[Connection, TaxReturn]:
    """For who may change it; 404 for what is another client's."""
    connection = get_connection(request, connection_id)
    found: TaxReturn | None = TaxReturn.objects.of(connection.pk).filter(pk=tax_id).first()
    if found is None:
        raise Http404("No such tax return.")
    require(request.user, p.MANAGE_FILES, connection)
    found.connection = connection
    return connection, found


def posted(request: FirmRequest) -> Any:
    return request.POST if request.method == "POST" else None


def status_of(form: Any) -> int:
    return 422 if form.is_bound else 200


def back(request: FirmRequest, connection_id: int) -> HttpResponse:
    return redirect("portal:client-tax", firm_slug=request.firm.slug, connection_id=connection_id)
