"""Hand the account over: the firm names who owns it, who answers by a link (F-121)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from clients.actions.owners import NEEDS, cancel_owner_invitation, invite_owner
from clients.forms.owners import OwnerForm
from clients.http import get_connection
from clients.models import OwnerInvitation
from clients.models.owners import owner_of
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@require_http_methods(["GET", "POST"])
def client_owner(request: FirmRequest, connection_id: int) -> HttpResponse:
    """Who owns the account, whom the firm has asked, or the form that asks somebody."""
    connection = get_connection(request, connection_id)
    require(request.user, NEEDS, connection)
    initial = {"email": connection.contact_email, "full_name": connection.contact_name}
    form = OwnerForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        try:
            asked = invite_owner(connection, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"The link is on its way to {asked.email}.")
            return redirect("clients:client-owner", request.firm.slug, connection.pk)
    waiting = OwnerInvitation.objects.pending().filter(connection=connection)
    context = {
        "connection": connection,
        "owner": owner_of(connection),
        "waiting": waiting.select_related("invited_by").first(),
        "form": form,
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/client_owner.html", context, status=status)


@require_POST
def client_owner_cancel(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, NEEDS, connection)
    try:
        asked = cancel_owner_invitation(connection, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The link for {asked.full_name} no longer works.")
    return redirect("clients:client-owner", request.firm.slug, connection.pk)
