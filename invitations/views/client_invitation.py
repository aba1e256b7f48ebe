"""One client's invitation: review it, accept it, reject it (F-112a, F-113, F-113a)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from clients.http import visible
from clients.models import Connection
from invitations.actions.client_answers import accept_client_invitation, reject_client_invitation
from invitations.forms.client import RejectForm
from invitations.http import get_client_invitation
from invitations.models import ClientInvitation
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@require_safe
def invitation_review(request: FirmRequest, client_invitation_id: int) -> HttpResponse:
    """All that the client said, and the two answers."""
    invitation = get_client_invitation(request, client_invitation_id)
    context = {
        "invitation": invitation,
        "may": explain(request.user, invitation.needs, invitation),
        "client": client_of(request, invitation),
    }
    return render_page(request, "invitations/invitation_review.html", context)


def client_of(request: FirmRequest, invitation: ClientInvitation) -> Connection | None:
    """What was connected by it, if the person sees that."""
    if invitation.connection_id is None:
        return None
    return visible(request).filter(pk=invitation.connection_id).first()


@require_http_methods(["GET", "POST"])
def invitation_accept(request: FirmRequest, client_invitation_id: int) -> HttpResponse:
    """Asks first; then the client stands in the list, as Client Pays."""
    invitation = get_client_invitation(request, client_invitation_id)
    require(request.user, invitation.needs, invitation)
    if request.method == "GET" and invitation.is_pending:
        context = {"invitation": invitation}
        return render_page(request, "invitations/invitation_accept.html", context)
    try:
        accepted = accept_client_invitation(invitation, by=request.user)
    except Refused as refusal:
        return refused(request, invitation, refusal)
    says = f"{accepted.company} is connected, as Client Pays, and told by mail."
    messages.success(request, f"{says} Nobody is assigned to it yet.")
    return redirect("clients:client-detail", request.firm.slug, accepted.connection_id)


@require_http_methods(["GET", "POST"])
def invitation_reject(request: FirmRequest, client_invitation_id: int) -> HttpResponse:
    """With a reason, if there is one to give."""
    invitation = get_client_invitation(request, client_invitation_id)
    require(request.user, invitation.needs, invitation)
    form = RejectForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" and not invitation.is_pending:
        return redirect("invitations:invitation-review", request.firm.slug, invitation.pk)
    if not form.is_valid():
        context = {"invitation": invitation, "form": form}
        status = 422 if form.is_bound else 200
        return render_page(request, "invitations/invitation_reject.html", context, status=status)
    try:
        reject_client_invitation(invitation, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        return refused(request, invitation, refusal)
    messages.success(request, f"The invitation of {invitation.company} is rejected.")
    return redirect("invitations:invitation-list", request.firm.slug)


def refused(request: FirmRequest, invitation: ClientInvitation, refusal: Refused) -> HttpResponse:
    messages.error(request, str(refusal))
    return redirect("invitations:invitation-review", request.firm.slug, invitation.pk)
