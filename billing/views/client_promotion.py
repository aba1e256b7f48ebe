"""Apply promotion: a code for one client, and how those before stand (F-137)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from billing.actions.promotions import give_promotion
from billing.forms.promotions import PromotionCodeForm
from billing.models import PromotionOffer
from billing.roles import PromotionState
from clients import permissions as p
from clients.http import get_connection
from clients.models import Connection
from clients.roles import BillingModel
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require
from practice.permissions import MANAGE_BILLING

APPLIED = "The promotion {} is applied: it stands on the invoices of {}."
OFFERED = "The promotion {} is offered: the owner of {} applies or declines it."


@require_http_methods(["GET", "POST"])
def client_promotion(request: FirmRequest, connection_id: int) -> HttpResponse:
    """Of a client that pays itself the firm sees the state, and nothing of what is paid (C16)."""
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    is_billed = connection.billing_model == BillingModel.BILL_US
    form = PromotionCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and is_billed:
        require(request.user, MANAGE_BILLING, connection.branch)
    if form.is_valid() and given(request, connection, form):
        return redirect("billing:client-promotion", request.firm.slug, connection.pk)
    offers = PromotionOffer.objects.filter(connection=connection)
    context = {
        "connection": connection,
        "offers": offers.select_related("promotion", "given_by"),
        "form": form,
        "is_billed": is_billed,
        "lacks": explain(request.user, MANAGE_BILLING, connection.branch) if is_billed else "",
    }
    template = "billing/client_promotion.html"
    status = 422 if form.is_bound else 200
    return render_page(request, template, context, fragment="given", status=status)


def given(request: FirmRequest, connection: Connection, form: PromotionCodeForm) -> bool:
    """Whether it is given; the form says why not."""
    try:
        offer = give_promotion(connection, form.cleaned_data["code"], by=request.user)
    except Refused as refusal:
        form.add_error("code", str(refusal))
        return False
    is_applied = offer.state == PromotionState.APPLIED
    says, where = (APPLIED, connection.branch) if is_applied else (OFFERED, connection.name)
    messages.success(request, says.format(offer.promotion, where))
    return True
