"""Transfer ownership, from Bill Us to Client Pays: the firm starts it (F-084)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.actions.ownership import start_transfer
from clients.http import get_connection
from clients.models import Connection
from clients.views.client_switch_model import transfer_of
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@require_http_methods(["GET", "POST"])
def client_transfer_ownership(request: FirmRequest, connection_id: int) -> HttpResponse:
    """Asks first: it cannot be taken back."""
    connection = get_connection(request, connection_id)
    require(request.user, p.DISCONNECT_CLIENTS, connection)
    transfer = transfer_of(connection)
    if request.method == "GET" and not transfer["why_no_transfer"]:
        context = {"connection": connection, **transfer}
        return render_page(request, "clients/client_transfer_ownership.html", context)
    if request.method == "GET":
        messages.error(request, transfer["why_no_transfer"])
    else:
        started(request, connection)
    return redirect("clients:client-switch-model", request.firm.slug, connection.pk)


def started(request: FirmRequest, connection: Connection) -> None:
    try:
        row = start_transfer(connection, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The transfer has started. {row.account.owner} is told by mail.")
