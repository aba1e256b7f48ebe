"""Disconnect Client: the checklist, the reason, and a confirmation (F-070…F-077)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.actions.relationships import disconnect_connection
from clients.forms.relationships import CHECKLIST, DisconnectForm
from clients.http import get_connection, visible
from clients.models import Connection, TeamAssignment
from clients.roles import BillingModel
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@require_http_methods(["GET", "POST"])
def client_disconnect(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.DISCONNECT_CLIENTS, connection)
    form = DisconnectForm(request.POST) if request.method == "POST" else DisconnectForm()
    if form.is_valid() and disconnected(request, connection, form):
        return redirect(where_next(request, connection))
    context = {
        "connection": connection,
        "form": form,
        "is_bill_us": connection.billing_model == BillingModel.BILL_US,
        "assigned": TeamAssignment.objects.running().filter(content_object=connection).count(),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/client_disconnect.html", context, status=status)


def disconnected(request: FirmRequest, connection: Connection, form: DisconnectForm) -> bool:
    answers: dict[str, Any] = {name: form.cleaned_data[name] for name in ("reason", "note")}
    try:
        disconnect_connection(connection, by=request.user, **answers)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"{connection.name} is disconnected.")
    if form.undone:
        words = f"Left open of the {len(CHECKLIST)} steps before: {'; '.join(form.undone)}."
        messages.warning(request, words)
    return True


def where_next(request: FirmRequest, connection: Connection) -> str:
    """The records, for who may read them."""
    if visible(request).filter(pk=connection.pk).exists():
        kwargs = {"firm_slug": request.firm.slug, "connection_id": connection.pk}
        return reverse("clients:client-records", kwargs=kwargs)
    return reverse("clients:client-list", kwargs={"firm_slug": request.firm.slug})
