"""Invitations of a company: what firms ask it, and what it asks firms (F-080, F-084, F-114, F-217).

A panel of the owner's External Access, and pages of their own.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.models import ClientAccount
from clients.views.company import get_company
from invitations.actions.client import cancel_client_invitation
from invitations.actions.external import invite_by_address, withdraw
from invitations.forms.external import InviteFirmForm
from invitations.models import ClientInvitation, ExternalInvitation, ReconnectInvitation
from invitations.models.links import ReconnectLink
from invitations.roles import InvitationSource
from practice.errors import Refused
from practice.http import FirmRequest, render_page
from practice.tenancy import as_system

MOST_SHOWN = 50
ON_ITS_WAY = "Your invitation to {} is on its way. A branch with this address finds it at once."


@require_GET
def company_invitations(request: FirmRequest, account_id: int) -> HttpResponse:
    """What waits for the owner's answer; what they sent; the form that invites another firm."""
    account = get_company(request, account_id)
    context = {**listed(account), "form": form_for(request, account)}
    template = "invitations/company_invitations.html"
    return render_page(request, template, context, fragment="panel")


def listed(account: ClientAccount) -> dict[str, Any]:
    with as_system():  # they belong to firms, which the owner is not part of
        rows = ReconnectInvitation.objects.pending().filter(connection__account=account)
        found = list(rows.select_related("connection__firm").order_by("ends_at", "pk"))
        by_link = ClientInvitation.objects.filter(account=account, source=InvitationSource.LINK)
        by_link = by_link.select_related("branch__firm").order_by("-created_at", "-pk")
        return {
            "account": account,
            "asked": [(row, token_of(row)) for row in found],
            "sent": list(ExternalInvitation.objects.of(account)[:MOST_SHOWN]),
            "by_link": list(by_link[:MOST_SHOWN]),
        }


def token_of(row: ReconnectInvitation) -> str:
    """The owner of the account answers by the same page as the link in the mail."""
    return ReconnectLink(row.pk, row.nonce, is_mailed=False).token


def form_for(request: FirmRequest, account: ClientAccount) -> InviteFirmForm:
    data = request.POST if request.method == "POST" else None
    initial = {"full_name": request.user.full_name}
    return InviteFirmForm(data, company=account.name, initial=initial)


@require_http_methods(["GET", "POST"])
def company_invite(request: FirmRequest, account_id: int) -> HttpResponse:
    """The answer is the same for an address that no branch has (F-114a)."""
    account = get_company(request, account_id)
    form = form_for(request, account)
    if form.is_valid():
        said = dict(form.cleaned_data)
        said.pop("agrees")
        try:
            sent = invite_by_address(
                account, consent_name=said.pop("full_name"), by=request.user, **said
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, ON_ITS_WAY.format(sent.email))
            return redirect("clients:company-access", account.pk)
    context = {"account": account, "form": form}
    status = 422 if form.is_bound else 200
    return render_page(request, "invitations/company_invite.html", context, status=status)


@require_POST
def company_withdraw(request: FirmRequest, account_id: int, sent_id: int) -> HttpResponse:
    """One that went to an address."""
    account = get_company(request, account_id)
    with as_system():
        row = ExternalInvitation.objects.of(account).filter(pk=sent_id).first()
    if row is None:
        raise Http404("No such invitation.")
    row.account = account
    return taken_back(request, account, lambda: withdraw(row, by=request.user))


@require_POST
def company_cancel(
    request: FirmRequest, account_id: int, client_invitation_id: int
) -> HttpResponse:
    """One that went by a branch's link."""
    account = get_company(request, account_id)
    with as_system():
        rows = ClientInvitation.objects.filter(account=account)
        row = rows.select_related("account").filter(pk=client_invitation_id).first()
    if row is None:
        raise Http404("No such invitation.")
    return taken_back(request, account, lambda: cancel_client_invitation(row, by=request.user))


def taken_back(request: FirmRequest, account: ClientAccount, act: Any) -> HttpResponse:
    try:
        act()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "The invitation is withdrawn. Nobody can accept it any more.")
    return redirect("clients:company-access", account.pk)
