"""Switch Billing Model: a direct change is impossible; here is this client's way (F-083, C2)."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from clients import permissions as p
from clients.actions.ownership import is_transferring, why_no_transfer
from clients.http import get_connection, may_bring_back
from clients.models import ClientAccount, Connection
from clients.roles import BillingModel
from practice.auth import explain
from practice.http import FirmRequest, render_page


@require_GET
def client_switch_model(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    context = {
        "connection": connection,
        "is_bill_us": connection.billing_model == BillingModel.BILL_US,
        "may_end": explain(request.user, p.DISCONNECT_CLIENTS, connection),
        "may_bring_back": may_bring_back(request, connection),
        **transfer_of(connection),
    }
    return render_page(request, "clients/client_switch_model.html", context)


def transfer_of(connection: Connection) -> dict[str, Any]:
    """Whether a transfer of ownership can start, or has; of an ended client nothing is known."""
    accounts = ClientAccount.objects.select_related("owner")
    account = accounts.filter(pk=connection.account_id).first()
    if account is None:
        return {"why_no_transfer": "", "is_transferring": False}
    connection.account = account
    return {
        "account": account,
        "why_no_transfer": why_no_transfer(connection),
        "is_transferring": is_transferring(connection),
    }
