"""Request access: the firm asks the owner of an account that is closed to it (F-143)."""

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.actions.access_requests import IS_ACTIVE, request_access
from clients.actions.owners import NEEDS
from clients.forms.access import AccessRequestForm
from clients.http import get_connection
from clients.models import AccessRequest, Connection
from clients.models.owners import owner_of
from clients.roles import AccessStatus
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@require_http_methods(["GET", "POST"])
def client_request_access(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    if request.method == "GET" and connection.access_status == AccessStatus.ACTIVE:
        messages.info(request, IS_ACTIVE)
        return back(request, connection)
    data = request.POST if request.method == "POST" else None
    form = AccessRequestForm(data, initial={"key": uuid4()})
    if form.is_valid() and asked(request, connection, form):
        return back(request, connection)
    context = {
        "connection": connection,
        "form": form,
        "waiting": waiting_at(connection),
        "owner": owner_of(connection),
        "hand_over": explain(request.user, NEEDS, connection),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/client_request_access.html", context, status=status)


def asked(request: FirmRequest, connection: Connection, form: AccessRequestForm) -> bool:
    try:
        request_access(connection, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"The owner of {connection.name} has your request.")
    return True


def waiting_at(connection: Connection) -> AccessRequest | None:
    """What the client has not answered."""
    found: AccessRequest | None = (
        AccessRequest.objects.open()
        .filter(connection=connection)
        .select_related("asked_by")
        .first()
    )
    return found


def back(request: FirmRequest, connection: Connection) -> HttpResponse:
    return redirect("clients:client-dashboard", request.firm.slug, connection.pk)
