"""Historical records: what stays of a client that left, to be read and exported (F-076, F-076a)."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET

from clients import permissions as p
from clients.http import get_connection
from clients.models import Connection
from clients.models.records import BY_KEY, SECTIONS, Records, Section
from clients.views.client_detail import client_url
from practice import clock
from practice.actions.downloads import note_download
from practice.auth import explain
from practice.http import FirmRequest, Forbidden, render_page, require
from practice.models.trail import Viewer
from practice.paging import numbered
from practice.spreadsheets import csv_rows

ZIP_TYPE = "application/zip"
STAMP = """Historical records of {name} ({number})

Firm: {firm}
Branch: {branch}
Relationship ended: {until} UTC
Reason: {reason}

The content ends at that instant; nothing was added or changed since.
Exported {now} UTC by {person}.
"""


@require_GET
def client_records(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_HISTORICAL_RECORDS, connection)
    if connection.is_open:
        return still_connected(request, connection)
    records = records_of(request, connection)
    section = chosen(request)
    verdict = records.verdict(section)
    if verdict is not None and not verdict.allowed:
        raise Forbidden(verdict, section.needs, connection)
    context = {
        "connection": connection,
        "section": section,
        "page": numbered(records.rows(section), request.GET),
        "tabs": tabs(request, connection, records),
        "may_export": explain(request.user, p.EXPORT_CLIENTS, connection),
    }
    return render_page(request, "clients/client_records.html", context)


def records_of(request: FirmRequest, connection: Connection) -> Records:
    return Records(connection, Viewer(request.user, request.standing))


def still_connected(request: FirmRequest, connection: Connection) -> HttpResponse:
    messages.info(request, f"{connection.name} is still connected: its pages are the records.")
    return redirect(client_url(request, connection.pk))


def chosen(request: FirmRequest) -> Section:
    section = BY_KEY.get(request.GET.get("part", SECTIONS[0].key))
    if section is None:
        raise Http404("No such part of the records.")
    return section


def tabs(
    request: FirmRequest, connection: Connection, records: Records
) -> Iterator[tuple[str, str, str, None]]:
    """Those that the person may read."""
    kwargs = {"firm_slug": request.firm.slug, "connection_id": connection.pk}
    here = reverse("clients:client-records", kwargs=kwargs)
    for section in SECTIONS:
        if records.is_open(section):
            yield section.key, section.title, f"{here}?part={section.key}", None


@require_GET
def client_records_export(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_HISTORICAL_RECORDS, connection)
    require(request.user, p.EXPORT_CLIENTS, connection)
    if connection.is_open:
        return still_connected(request, connection)
    file = packed(request, records_of(request, connection))
    name = f"historical-records-{connection.pk}.zip"
    note_download(request.firm, request.member, name)
    return FileResponse(file, as_attachment=True, filename=name, content_type=ZIP_TYPE)


def packed(request: FirmRequest, records: Records) -> IO[bytes]:
    """One CSV per section that the person may read, and a page that says when it all ends."""
    file = TemporaryFile()  # noqa: SIM115
    with ZipFile(file, "w", ZIP_DEFLATED) as pack:
        pack.writestr("about.txt", stamp(request, records))
        for section in SECTIONS:
            if records.is_open(section):
                lines = csv_rows(section.header, records.rows(section))
                pack.writestr(f"{section.key}.csv", "".join(lines))
    file.seek(0)
    return file


def stamp(request: FirmRequest, records: Records) -> str:
    row = records.connection
    return STAMP.format(
        name=row.name,
        number=row.client_number or "no Client ID",
        firm=request.firm.name,
        branch=row.branch.name,
        until=f"{records.until:%Y-%m-%d %H:%M:%S}",
        reason=row.disconnect_reason,
        now=f"{clock.now():%Y-%m-%d %H:%M}",
        person=request.user,
    )
