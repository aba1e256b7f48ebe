"""Opening a client's account, setting up access to it, and who had access when (F-039, F-059)."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from clients import permissions as p
from clients.actions.access import open_account, set_up_access
from clients.http import get_connection
from clients.models import Connection
from clients.models.access_history import AccessChange, access_changes
from clients.views.client_detail import client_url, workspace
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import numbered, with_params
from practice.spreadsheets import CSV_TYPE, csv_rows


@require_POST
def client_open(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.OPEN_ACCOUNT, connection)
    try:
        open_account(connection, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(client_url(request, connection.pk))
    return redirect("clients:client-dashboard", request.firm.slug, connection.pk)


@require_POST
def client_set_up_access(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.GRANT_ACCESS, connection)
    try:
        set_up_access(connection, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"You now have access to {connection.name}.")
    return redirect(client_url(request, connection.pk))


@require_GET
def client_access_history(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    """Grants, changes and endings, the client's own level, transfers and restriction (F-059)."""
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_ACCESS_HISTORY, connection)
    every = access_changes(connection)
    people = sorted({(c.whom, c.user_id) for c in every if c.user_id}, key=lambda one: one[0])
    person = chosen_person(request, {user_id for _, user_id in people})
    changes = [change for change in every if person in (None, change.user_id)]
    if request.GET.get("format") == "csv":
        return history_file(request, connection, changes)
    context = {
        **workspace(request, connection, "history"),
        "page": numbered(changes, request.GET),
        "people": people,
        "person": person,
        "export_query": with_params(request.GET, format="csv"),
    }
    return render_page(request, "clients/client_access_history.html", context, fragment="changes")


def chosen_person(request: FirmRequest, known: set[int | None]) -> int | None:
    """The user id that the address narrows the history to, if it stands in it."""
    text = request.GET.get("person", "")
    user_id = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
    return user_id if user_id in known else None


def history_file(
    request: FirmRequest, connection: Connection, changes: list[AccessChange]
) -> HttpResponseBase:
    header = ["When", "What", "Who", "Role", "By", "Why"]
    rows = [[c.at, c.what, c.whom, c.role, c.by, c.reason] for c in changes]
    name = f"access-history-{connection.pk}.csv"
    return stream(request, lambda: csv_rows(header, rows), content_type=CSV_TYPE, filename=name)
