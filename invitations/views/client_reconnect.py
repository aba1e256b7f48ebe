"""Reconnect Client: ask a client back that has left; cancel the asking (F-080…F-080c)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients.actions.reconnections import why_closed
from clients.http import get_connection, require_bring_back
from clients.models import Connection
from clients.roles import ConnectionStatus
from invitations.actions.reconnect import NOT_ENDED, ask_back, cancel_reconnection
from invitations.http import get_account_of, get_waiting
from practice.errors import Refused
from practice.http import FirmRequest, render_page


@require_http_methods(["GET", "POST"])
def client_reconnect(request: FirmRequest, connection_id: int) -> HttpResponse:
    """Asks first; an account that is closed is explained, with the way that is open (F-080b)."""
    connection = get_connection(request, connection_id)
    require_bring_back(request, connection)
    if connection.status != ConnectionStatus.DISCONNECTED:
        return elsewhere(request, connection, NOT_ENDED)
    refusal = ""
    if request.method == "POST":
        try:
            invitation = ask_back(connection, by=request.user)
        except Refused as refused:
            refusal = str(refused)
        else:
            says = f"The invitation is on its way to {invitation.email}."
            messages.success(request, f"{says} {connection.name} is “Reconnection pending”.")
            return redirect("clients:client-detail", request.firm.slug, connection.pk)
    connection.account = get_account_of(connection)
    context = {
        "connection": connection,
        "recipient": connection.account.owner or connection.contact_email,
        "closed": why_closed(connection),
        "waiting": get_waiting(connection),
        "refusal": refusal,
    }
    status = 422 if refusal else 200
    return render_page(request, "invitations/client_reconnect.html", context, status=status)


@require_http_methods(["GET", "POST"])
def client_reconnect_cancel(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require_bring_back(request, connection)
    if request.method == "POST":
        return cancelled(request, connection)
    waiting = get_waiting(connection)
    if waiting is None:
        return elsewhere(request, connection, "No invitation to this client waits for an answer.")
    context = {"connection": connection, "invitation": waiting}
    return render_page(request, "invitations/client_reconnect_cancel.html", context)


def cancelled(request: FirmRequest, connection: Connection) -> HttpResponse:
    try:
        cancel_reconnection(connection, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The invitation to {connection.name} is cancelled.")
    return redirect("clients:client-detail", request.firm.slug, connection.pk)


def elsewhere(request: FirmRequest, connection: Connection, says: str) -> HttpResponse:
    messages.error(request, says)
    return redirect("clients:client-detail", request.firm.slug, connection.pk)
