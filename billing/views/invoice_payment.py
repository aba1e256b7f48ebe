"""How an invoice of a branch is paid: attempts, what comes next, and “Pay now” (F-127a)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from billing.actions.dunning import coming_retries
from billing.actions.retrying import pay_now
from billing.forms.payments import PayForm
from billing.http import get_invoice
from billing.models import BranchInvoice, Charge, PaymentMethod
from billing.models.charges import TAKEN
from billing.roles import ChargeStatus, InvoiceStatus
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require
from practice.permissions import MANAGE_BILLING, VIEW_BILLING

ASKED = "The payment is on its way. Its outcome stands here in a moment."
CHANGED = "This invoice was paid or tried meanwhile: look before you pay again."


@require_safe
def invoice_payment(request: FirmRequest, invoice_id: int) -> HttpResponse:
    invoice = get_invoice(request, invoice_id)
    require(request.user, VIEW_BILLING, invoice)
    charges = list(Charge.objects.filter(invoice=invoice).order_by("-attempt"))
    newest = charges[0] if charges else None
    context = {
        "invoice": invoice,
        "charges": charges,
        "newest": newest,
        "is_on_its_way": newest is not None
        and newest.status in {ChargeStatus.DUE, ChargeStatus.PENDING},
        "coming": coming_retries(newest) if newest else [],
        "method": PaymentMethod.objects.of_branch(invoice.branch_id),
        "is_payable": is_payable(invoice, charges),
        "attempt": len(charges) + 1,
    }
    return render_page(request, "billing/invoice_payment.html", context)


@require_POST
def invoice_pay(request: FirmRequest, invoice_id: int) -> HttpResponse:
    """Once per attempt that a page offered, however often it is pressed."""
    invoice = get_invoice(request, invoice_id)
    require(request.user, MANAGE_BILLING, invoice)
    form = PayForm(request.POST)
    if not form.is_valid():
        messages.error(request, CHANGED)
    else:
        try:
            pay_now(invoice, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, ASKED)
    return redirect("billing:invoice-payment", request.firm.slug, invoice.pk)


def is_payable(invoice: BranchInvoice, charges: list[Charge]) -> bool:
    is_owed = invoice.status in {InvoiceStatus.ISSUED, InvoiceStatus.UNPAID}
    return is_owed and not any(charge.status in TAKEN for charge in charges)
