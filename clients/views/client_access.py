"""Opening a client's account, setting up access to it, and who had access when (F-039, F-059)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from clients import permissions as p
from clients.actions.access import open_account, set_up_access
from clients.http import get_connection
from clients.models import Connection, TeamAssignment
from clients.roles import AccessLevel, ClientRole
from clients.views.client_detail import client_url, workspace
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.models import User
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


@dataclass(frozen=True)
class AccessChange:
    """One line of the access history."""

    at: datetime
    what: str
    whom: str
    role: str
    by: str
    reason: str


@require_GET
def client_access_history(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_ACCESS_HISTORY, connection)
    changes = sorted(access_changes(connection), key=lambda change: change.at, reverse=True)
    if request.GET.get("format") == "csv":
        header = ["When", "What", "Who", "Role", "By", "Why"]
        rows = [[c.at, c.what, c.whom, c.role, c.by, c.reason] for c in changes]
        name = f"access-history-{connection.pk}.csv"
        return stream(request, lambda: csv_rows(header, rows), content_type=CSV_TYPE, filename=name)
    context = {**workspace(request, connection, "history"), "changes": changes}
    return render_page(request, "clients/client_access_history.html", context)


WHAT = {"+": "Granted", "~": "Changed", "-": "Revoked"}


def access_changes(connection: Connection) -> Iterator[AccessChange]:
    """Grants, changes and revocations of team members, and the client's own access level."""
    ties = list(TeamAssignment.history.filter(content_object_id=connection.pk))
    levels = list(level_changes(connection))
    people = names_of([*ties, *levels])
    for tie in ties:
        yield AccessChange(
            tie.history_date,
            WHAT[tie.history_type],
            people.get(tie.user_id, "Unknown"),
            str(ClientRole(tie.role).label),
            people.get(tie.history_user_id, "The system"),
            tie.reason or tie.history_change_reason or "",
        )
    for row in levels:
        yield AccessChange(
            row.history_date,
            "Client access level",
            "Client",
            str(AccessLevel(row.access_level).label),
            people.get(row.history_user_id, "The system"),
            row.access_reason or row.history_change_reason or "",
        )


def level_changes(connection: Connection) -> Iterator[Any]:
    before = None
    rows = Connection.history.filter(id=connection.pk).order_by("history_date", "history_id")
    for row in rows.only(
        "access_level", "access_reason", "history_date", "history_user_id", "history_change_reason"
    ):
        if row.access_level != before:
            yield row
        before = row.access_level


def names_of(rows: list[Any]) -> dict[int | None, str]:
    ids = {getattr(row, name, None) for row in rows for name in ("user_id", "history_user_id")}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=[i for i in ids if i])}
