"""The client's page behind the link: what is asked, and its consent (F-080, F-080c, F-081).

It is public, and looking changes nothing: mail scanners open links too.
"""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clients.models import Connection
from clients.roles import BillingModel
from invitations.actions.reconnect_answers import (
    accept_anew,
    accept_reconnection,
    find_reconnection,
    may_use_account,
    why_over,
)
from invitations.forms.reconnect import AcceptAnewForm, AcceptForm
from invitations.models import ReconnectInvitation
from invitations.models.links import ReconnectLink
from practice.errors import Refused
from practice.models import User

INCOMPLETE = "This link is not complete. Open it from the mail, or copy the whole of it."


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def reconnect(request: HttpRequest, invite: str) -> HttpResponse:
    link = ReconnectLink.read(invite)
    invitation = find_reconnection(link) if link else None
    if link is None or invitation is None:
        return closed(request, None, INCOMPLETE, status=404)
    if says := why_over(invitation):
        return closed(request, invitation, says)
    form = form_for(request, invitation)
    if form is None:
        return asked(request, invitation, link, None, status=403 if is_sent(request) else 200)
    if not form.is_valid():
        return asked(request, invitation, link, form, status=422 if form.is_bound else 200)
    try:
        opened = accepted(request, invitation, form)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return asked(request, invitation, link, form, status=422)
    says = f"{invitation.connection.firm.name} and {opened.name} are connected."
    return closed(request, invitation, says, status=200)


def form_for(request: HttpRequest, invitation: ReconnectInvitation) -> AcceptForm | None:
    """The form that fits who is looking; None where only the owner may answer."""
    connection = invitation.connection
    is_theirs = may_use_account(connection, person(request))
    data = request.POST if is_sent(request) else None
    user = person(request)
    facts: dict[str, Any] = {
        "firm_name": connection.firm.name,
        "company": connection.name,
        "initial": {"full_name": user.full_name if user else "", "company": connection.name},
    }
    if invitation.is_reconnection:
        return AcceptForm(data, **facts) if is_theirs else None
    return AcceptAnewForm(data, may_use_account=is_theirs, **facts)


def accepted(request: HttpRequest, invitation: ReconnectInvitation, form: AcceptForm) -> Connection:
    name = form.cleaned_data["full_name"]
    if isinstance(form, AcceptAnewForm):
        company = form.new_company
        return accept_anew(invitation, name=name, by=person(request), company=company)
    return accept_reconnection(invitation, name=name, by=person(request))


def asked(
    request: HttpRequest,
    invitation: ReconnectInvitation,
    link: ReconnectLink,
    form: AcceptForm | None,
    *,
    status: int,
) -> HttpResponse:
    connection = invitation.connection
    page = reverse("invitations:reconnect", args=[link.token])
    model = BillingModel(invitation.billing_model or connection.billing_model)
    context = {
        "invitation": invitation,
        "connection": connection,
        "model": model.label,
        "is_bill_us": model == BillingModel.BILL_US,
        "form": form,
        "page": page,
        "is_owned_by_other": not may_use_account(connection, person(request)),
        "sign_in": f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': page})}",
    }
    return render(request, "invitations/reconnect.html", context, status=status)


def closed(
    request: HttpRequest, invitation: ReconnectInvitation | None, says: str, *, status: int = 410
) -> HttpResponse:
    """Why nothing can be answered, or what was; the owner goes on to their company."""
    context: dict[str, Any] = {"says": says}
    if invitation:
        account = invitation.connection.account
        context["firm_name"] = invitation.connection.firm.name
        user = person(request)
        if user and account.owner_id == user.pk:
            context["company_url"] = reverse("clients:company-access", args=[account.pk])
    return render(request, "invitations/reconnect_closed.html", context, status=status)


def person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def is_sent(request: HttpRequest) -> bool:
    return request.method == "POST"
