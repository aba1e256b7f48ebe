"""Edit Tags of one client (F-088, F-088a)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from clients import permissions as p
from clients.actions.tagging import set_tags
from clients.filters import tag_names
from clients.forms.tags import ClientTagsForm
from clients.http import get_connection
from clients.models import Connection, Tag
from clients.views.client_detail import client_url
from practice.errors import Conflict, Refused
from practice.http import FirmRequest, render_page, require
from practice.text import fold

MOST_SUGGESTED = 200


@require_http_methods(["GET", "POST"])
def client_tags(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    form = form_of(request, connection)
    theirs: list[str] = []
    if form.is_valid():
        try:
            set_tags(connection, form.names, by=request.user, version=form.cleaned_data["version"])
        except Conflict as conflict:
            tag_ids: Any = conflict.theirs["tag_ids"]
            theirs = tag_names(connection.firm_id, tag_ids) or ["none"]
            form = with_version(request, connection)
            form.add_error(None, str(conflict))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Tags saved.")
            return redirect(client_url(request, connection.pk))
    status = (409 if theirs else 422) if form.is_bound else 200
    return answer(request, connection, form, status=status, theirs=theirs)


@require_POST
def client_tags_pick(request: FirmRequest, connection_id: int) -> HttpResponse:
    """Take the typed word up among the ticks; nothing is saved yet."""
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    form = form_of(request, connection)
    if not form.is_valid():
        return answer(request, connection, form, status=422)
    data = request.POST.copy()
    data.setlist("tag", spelled_as_known(connection, form.names))
    data["new"] = ""
    return answer(request, connection, ClientTagsForm(data, current=current(connection)))


def form_of(request: FirmRequest, connection: Connection) -> ClientTagsForm:
    data = request.POST if request.method == "POST" else None
    initial = {"version": connection.version}
    return ClientTagsForm(data, current=current(connection), initial=initial)


def current(connection: Connection) -> list[str]:
    return tag_names(connection.firm_id, connection.tag_ids)


def spelled_as_known(connection: Connection, names: list[str]) -> list[str]:
    """“vip” is the firm's “VIP” (F-088a)."""
    keys = [fold(name) for name in names]
    tags = Tag.objects.filter(firm_id=connection.firm_id, name_key__in=keys)
    known = dict(tags.order_by().values_list("name_key", "name"))
    return list({fold(name): known.get(fold(name), name) for name in names}.values())


def with_version(request: FirmRequest, connection: Connection) -> ClientTagsForm:
    """The same answers against the present version: saving again is a decision."""
    connection.refresh_from_db(fields=["version", "tag_ids"])
    data = request.POST.copy()
    data["version"] = str(connection.version)
    form = ClientTagsForm(data, current=current(connection))
    form.is_valid()
    return form


def answer(
    request: FirmRequest,
    connection: Connection,
    form: ClientTagsForm,
    *,
    status: int = 200,
    theirs: list[str] | None = None,
) -> HttpResponse:
    known = Tag.objects.for_firm(request.firm).values_list("name", flat=True)[:MOST_SUGGESTED]
    context: dict[str, Any] = {
        "connection": connection,
        "form": form,
        "known": known,
        "theirs": theirs,
        "may_manage": request.standing.holds_anywhere(p.MANAGE_TAGS),
    }
    return render_page(request, "clients/client_tags.html", context, fragment="tags", status=status)
