"""Important dates of a client: adding, editing, deleting, export (F-091a)."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from clients import permissions as p
from clients.actions.key_dates import add_key_date, delete_key_date, edit_key_date
from clients.forms.work import KeyDateForm
from clients.http import get_connection
from clients.models import Connection, KeyDate
from clients.views.tasks import tasks_url
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.spreadsheets import CSV_TYPE, csv_rows

HEADER = ("What", "Date", "Every year", "Remind, days before", "Reminded of", "Added by")


@require_http_methods(["GET", "POST"])
def date_add(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    form = KeyDateForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            key_date = add_key_date(connection, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{key_date} is added.")
            return redirect(tasks_url(request, connection.pk))
    context = {"connection": connection, "form": form}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/date_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def date_edit(request: FirmRequest, connection_id: int, date_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    key_date = get_key_date(connection, date_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    data = request.POST if request.method == "POST" else None
    form = KeyDateForm(data, initial=KeyDateForm.initial_for(key_date))
    if form.is_valid():
        try:
            edit_key_date(key_date, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Changes saved.")
            return redirect(tasks_url(request, connection.pk))
    context = {"connection": connection, "key_date": key_date, "form": form}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/date_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def date_delete(request: FirmRequest, connection_id: int, date_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    key_date = get_key_date(connection, date_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    if request.method == "POST":
        try:
            delete_key_date(key_date, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{key_date} is deleted.")
        return redirect(tasks_url(request, connection.pk))
    context = {"connection": connection, "key_date": key_date}
    return render_page(request, "clients/date_delete.html", context)


@require_GET
def client_dates_export(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    connection = get_connection(request, connection_id)
    dates = KeyDate.objects.filter(connection=connection).select_related("created_by")
    rows = [list(cells(key_date)) for key_date in dates]
    name = f"important-dates-{connection.pk}.csv"
    return stream(request, lambda: csv_rows(HEADER, rows), content_type=CSV_TYPE, filename=name)


def cells(key_date: KeyDate) -> Iterator[object]:
    yield key_date.title
    yield key_date.on
    yield key_date.is_yearly
    yield key_date.remind_days
    yield key_date.reminded_for
    yield key_date.created_by or ""


def get_key_date(connection: Connection, date_id: int) -> KeyDate:
    key_date = KeyDate.objects.filter(connection=connection, pk=date_id).first()
    if key_date is None:
        raise Http404("No such date.")
    key_date.connection = connection
    return key_date
