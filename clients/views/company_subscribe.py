"""“I will subscribe myself”: the owner takes over an account that the firm paid for (F-084)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients.actions.ownership import NOT_STARTED, take_over
from clients.models import Connection
from clients.views.company import get_company
from clients.views.company_access import get_firm
from practice.errors import Refused
from practice.http import FirmRequest, render_page


@require_http_methods(["GET", "POST"])
def company_subscribe(request: FirmRequest, account_id: int, connection_id: int) -> HttpResponse:
    """Asks first: the present connection ends. The next invitation then waits on the page."""
    account = get_company(request, account_id)
    firm = get_firm(account, connection_id)
    if not (firm.is_bill_us and account.is_archived):
        messages.error(request, NOT_STARTED)
        return redirect("clients:company-access", account.pk)
    if request.method == "GET":
        context = {"account": account, "firm": firm}
        return render_page(request, "clients/company_subscribe.html", context)
    try:
        take_over(Connection(pk=connection_id), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        says = f"The connection with {firm.firm_name} has ended, and the account is yours alone."
        messages.success(request, f"{says} Its invitation to connect anew waits below.")
    return redirect("clients:company-access", account.pk)
