"""What a Bill Us client costs the firm: the panel in "Subscription Information" (F-043, C15)."""

from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from billing.models import BranchInvoice, Plan, Span
from billing.reckoning import estimate
from billing.roles import InvoiceStatus
from billing.views.billed_clients import items_of
from billing.views.workings import worked
from clients.http import get_connection
from clients.models import Connection
from clients.roles import BillingModel
from practice.http import FirmRequest, render_page, require
from practice.money import ZERO
from practice.permissions import VIEW_BILLING


@require_GET
def client_bill(request: FirmRequest, connection_id: int) -> HttpResponse:
    """For Bill Us alone: what a client pays itself is none of the firm's business."""
    connection = get_connection(request, connection_id)
    require(request.user, VIEW_BILLING, connection.branch)
    if connection.billing_model != BillingModel.BILL_US:
        raise Http404("The firm pays nothing for this client.")
    context = {"connection": connection, **bill_of(request, connection)}
    return render_page(request, "billing/client_bill.html", context, fragment="bill")


def bill_of(request: FirmRequest, connection: Connection) -> dict[str, Any]:
    branch = connection.branch
    branch.firm = request.firm
    span = Span.objects.last_of([connection.pk]).select_related("plan").first()
    found = estimate(branch)
    items = items_of(found, [connection.pk])[connection.pk]
    plans = dict(Plan.objects.values_list("pk", "name"))
    is_billed = span is not None and span.ends_on is None
    unpaid = BranchInvoice.objects.filter(branch=branch, status=InvoiceStatus.UNPAID)
    return {
        "span": span,
        "is_billed": is_billed,
        "next_on": found.due_on,
        "next_charge": sum((item.amount for item in items), ZERO),
        "parts": [worked(item, plans[item.plan_id], branch.currency) for item in items],
        "unpaid": unpaid.order_by("number").first() if is_billed else None,
    }
