"""External Access: the firms that a client account lets in, and the way out (F-074…F-079)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from clients.actions.endings import FIRM_PAYS, YOU_PAY, request_disconnection
from clients.actions.relationships import disconnect_connection
from clients.forms.relationships import DisconnectionRequestForm
from clients.models import ClientAccount, Connection
from clients.models.external import ConnectedFirm, connected_firms
from clients.views.company import get_company
from practice.errors import Refused
from practice.http import FirmRequest, render_page


@require_GET
def company_access(request: FirmRequest, account_id: int) -> HttpResponse:
    account = get_company(request, account_id)
    context = {"account": account, "firms": connected_firms(account)}
    return render_page(request, "clients/company_access.html", context)


@require_http_methods(["GET", "POST"])
def company_disconnect(request: FirmRequest, account_id: int, connection_id: int) -> HttpResponse:
    """Confirm, then end it; of a Bill Us account the owner may only ask (C3)."""
    account = get_company(request, account_id)
    firm = get_firm(account, connection_id)
    if firm.is_bill_us:
        messages.error(request, FIRM_PAYS)
        return redirect("clients:company-access", account.pk)
    if request.method == "POST":
        try:
            disconnect_connection(Connection(pk=connection_id), by=request.user, by_client=True)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{firm.firm_name} no longer reaches {account.name}.")
        return redirect("clients:company-access", account.pk)
    context = {"account": account, "firm": firm}
    return render_page(request, "clients/company_disconnect.html", context)


@require_http_methods(["GET", "POST"])
def company_request_disconnection(
    request: FirmRequest, account_id: int, connection_id: int
) -> HttpResponse:
    account = get_company(request, account_id)
    firm = get_firm(account, connection_id)
    if not firm.is_bill_us:
        messages.error(request, YOU_PAY)
        return redirect("clients:company-access", account.pk)
    is_sent = request.method == "POST"
    form = DisconnectionRequestForm(request.POST) if is_sent else DisconnectionRequestForm()
    if form.is_valid():
        asked(request, connection_id, firm, form)
        return redirect("clients:company-access", account.pk)
    context = {"account": account, "firm": firm, "form": form}
    status = 422 if form.is_bound else 200
    template = "clients/company_request_disconnection.html"
    return render_page(request, template, context, status=status)


def asked(
    request: FirmRequest, connection_id: int, firm: ConnectedFirm, form: DisconnectionRequestForm
) -> None:
    connection = Connection(pk=connection_id)
    try:
        request_disconnection(connection, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{firm.firm_name} has your request.")


def get_firm(account: ClientAccount, connection_id: int) -> ConnectedFirm:
    """404 for a connection that is another account's, ended or unknown."""
    for firm in connected_firms(account):
        if firm.connection_id == connection_id:
            return firm
    raise Http404("No such connection.")
