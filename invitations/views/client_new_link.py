"""Generate new invitation link: the other way back, as a fresh connection (F-081, C6)."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients.http import get_connection, require_bring_back
from clients.models import Connection
from clients.roles import BillingModel, ConnectionStatus
from invitations.actions.reconnect import NOT_ENDED, offer_anew
from invitations.forms.reconnect import NewLinkForm
from invitations.http import get_waiting
from invitations.models import ReconnectInvitation
from invitations.models.links import ReconnectLink
from invitations.views.client_reconnect import elsewhere
from practice.errors import Refused
from practice.http import FirmRequest, render_page


@require_http_methods(["GET", "POST"])
def client_new_link(request: FirmRequest, connection_id: int) -> HttpResponse:
    """Choose the billing model; then the link stands here to be copied while it waits."""
    connection = get_connection(request, connection_id)
    require_bring_back(request, connection)
    if connection.status != ConnectionStatus.DISCONNECTED:
        return elsewhere(request, connection, NOT_ENDED)
    asked = {"billing_model": request.GET.get("model") or other_model(connection)}
    form = NewLinkForm(request.POST if request.method == "POST" else None, initial=asked)
    if form.is_valid() and offered(request, connection, form):
        return redirect("invitations:client-new-link", request.firm.slug, connection.pk)
    waiting = get_waiting(connection)
    context = {
        "connection": connection,
        "form": form,
        "waiting": waiting,
        "link": link_of(waiting) if waiting else "",
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "invitations/client_new_link.html", context, status=status)


def offered(request: FirmRequest, connection: Connection, form: NewLinkForm) -> bool:
    try:
        offer_anew(connection, form.cleaned_data["billing_model"], by=request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def other_model(connection: Connection) -> str:
    """Who wanted the same one would reconnect."""
    is_bill_us = connection.billing_model == BillingModel.BILL_US
    return BillingModel.CLIENT_PAYS if is_bill_us else BillingModel.BILL_US


def link_of(invitation: ReconnectInvitation) -> str:
    return ReconnectLink(invitation.pk, invitation.nonce, is_mailed=False).url
