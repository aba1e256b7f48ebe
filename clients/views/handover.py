"""Handover packs of a client, on the firm's side: choose, make, download, give on (F-244)."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from clients.actions.handover import (
    ask_consent,
    asked_person,
    download_pack,
    failure_of,
    progress_of,
    revoke_link,
    start_pack,
)
from clients.forms.handover import PackForm, SuccessorForm
from clients.http import get_connection
from clients.models import Connection, HandoverPack
from clients.models.handover import PARTS, needed, part_rules
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import Order, paginate
from practice.permissions import Verdict
from practice.spreadsheets import CSV_TYPE, csv_rows

ZIP_TYPE = "application/zip"
NEWEST_FIRST = Order(("created_at", "id"), is_descending=True)
PROGRESS = "handover-progress"  # the element that asks again every second
HEADINGS = ["Pack", "Made by", "Ends at", "Parts", "Size", "SHA-256", "Link", "For", "Downloads"]


@require_http_methods(["GET", "POST"])
def client_handover(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    """The checklist, and the packs that were made."""
    connection = get_connection(request, connection_id)
    require(request.user, needed(connection), connection)
    if request.method == "GET" and request.GET.get("format") == "csv":
        return exported(request, connection)
    closed = closed_parts(request, connection)
    form = PackForm(request.POST if request.method == "POST" else None, closed=closed)
    if form.is_valid():
        try:
            pack = start_pack(connection, by=request.user, parts=form.cleaned_data["parts"])
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(pack_url(request, "handover-detail", pack))
    context = {
        "connection": connection,
        "form": form,
        "closed": [(PARTS[key].title, why) for key, why in closed.items()],
        "page": paginate(packs_of(connection), NEWEST_FIRST, request.GET),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/client_handover.html", context, status=status)


def packs_of(connection: Connection) -> Any:
    return HandoverPack.objects.about(connection.pk).select_related("made_by")


def exported(request: FirmRequest, connection: Connection) -> HttpResponseBase:
    """The history of packs, as CSV."""
    rows = packs_of(connection)
    return stream(
        request,
        lambda: csv_rows(HEADINGS, map(cells, rows.iterator(chunk_size=500))),
        content_type=CSV_TYPE,
        filename=f"handover-packs-{connection.pk}.csv",
    )


def cells(pack: HandoverPack) -> Iterator[object]:
    yield pack.created_at
    yield pack.made_by
    yield pack.until
    yield ", ".join(pack.titles)
    yield pack.size
    yield pack.sha256
    yield pack.link_state.label
    yield f"{pack.successor_name} {pack.successor_email}".strip()
    yield pack.downloads


def closed_parts(request: FirmRequest, connection: Connection) -> dict[str, str]:
    """Parts that the person may not read, with the reason."""
    closed = {}
    for key, section in PARTS.items():
        if section.needs:
            verdict = Verdict.of(part_rules(connection, request.standing, section))
            if not verdict.allowed:
                closed[key] = verdict.reason
    return closed


def get_pack(request: FirmRequest, connection_id: int, pack_id: int) -> HandoverPack:
    """404 unless it is the client's; 403 unless the person may make packs of it."""
    connection = get_connection(request, connection_id)
    require(request.user, needed(connection), connection)
    rows = HandoverPack.objects.about(connection.pk).select_related("firm", "made_by", "asked_by")
    pack = rows.filter(pk=pack_id).first()
    if pack is None:
        raise Http404("No such handover pack.")
    pack.connection = connection
    return pack


def pack_url(request: FirmRequest, page: str, pack: HandoverPack) -> str:
    kwargs = {
        "firm_slug": request.firm.slug,
        "connection_id": pack.connection_id,
        "pack_id": pack.pk,
    }
    return reverse(f"clients:{page}", kwargs=kwargs)


@require_GET
def handover_detail(request: FirmRequest, connection_id: int, pack_id: int) -> HttpResponse:
    """Progress; then the files with their sums, and how far the successor's link has come."""
    pack = get_pack(request, connection_id, pack_id)
    failure = failure_of(pack)
    context = {"connection": pack.connection, "pack": pack, "failure": failure}
    if not pack.finished_at and not failure:
        context["done"], context["total"] = progress_of(pack)
        return render_page(request, "clients/handover_detail.html", context, fragment="progress")
    if request.htmx.target == PROGRESS:
        return HttpResponseClientRefresh()
    context["whole"] = explain(request.user, needed(pack.connection), pack)
    return render_page(request, "clients/handover_detail.html", context)


@require_POST
def handover_download(request: FirmRequest, connection_id: int, pack_id: int) -> HttpResponseBase:
    """Every download is judged by today's rights to every part, and on the timeline."""
    pack = get_pack(request, connection_id, pack_id)
    require(request.user, needed(pack.connection), pack)
    try:
        file = download_pack(pack, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(pack_url(request, "handover-detail", pack))
    return FileResponse(file, as_attachment=True, filename=pack.filename, content_type=ZIP_TYPE)


@require_http_methods(["GET", "POST"])
def handover_link(request: FirmRequest, connection_id: int, pack_id: int) -> HttpResponse:
    """Name the successor; the client is asked for its consent first."""
    pack = get_pack(request, connection_id, pack_id)
    require(request.user, needed(pack.connection), pack)
    form = SuccessorForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and asked(request, pack, form):
        return redirect(pack_url(request, "handover-detail", pack))
    context = {
        "connection": pack.connection,
        "pack": pack,
        "form": form,
        "person": asked_person(pack.connection),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/handover_link.html", context, status=status)


def asked(request: FirmRequest, pack: HandoverPack, form: SuccessorForm) -> bool:
    name, email = form.cleaned_data["name"], form.cleaned_data["email"]
    try:
        pack = ask_consent(pack, by=request.user, name=name, email=email)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"{pack.client_name} is asked for consent, by mail.")
    return True


@require_POST
def handover_revoke(request: FirmRequest, connection_id: int, pack_id: int) -> HttpResponse:
    """At once; the client can be asked anew."""
    pack = get_pack(request, connection_id, pack_id)
    try:
        revoke_link(pack, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The link for {pack.successor_name} is revoked.")
    return redirect(pack_url(request, "handover-detail", pack))
