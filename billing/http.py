"""What several pages about money ask first."""

from django.http import Http404

from billing.models import BranchInvoice
from billing.roles import InvoiceStatus
from practice.http import FirmRequest
from practice.models import Branch
from practice.permissions import VIEW_BILLING

UNPAID_SHOWN = 10


def get_branch(request: FirmRequest, branch_id: int) -> Branch:
    """A branch that the person works in; 404 otherwise, the same for foreign and unknown ids."""
    rows = Branch.objects.open_to(request.standing).select_related("firm")
    branch = rows.filter(pk=branch_id).first()
    if branch is None:
        raise Http404("No such branch.")
    return branch


def get_invoice(request: FirmRequest, invoice_id: int) -> BranchInvoice:
    """An invoice whose branch's billing the person may see; 404 otherwise."""
    rows = BranchInvoice.objects.permitted(request.user, request.firm.pk, VIEW_BILLING)
    invoice = rows.select_related("branch__firm").filter(pk=invoice_id).first()
    if invoice is None:
        raise Http404("No such invoice.")
    return invoice


def unpaid_invoices(request: FirmRequest) -> list[BranchInvoice]:
    """The first that could not be charged, the oldest first, for the alert (F-127a)."""
    rows = BranchInvoice.objects.permitted(request.user, request.firm.pk, VIEW_BILLING)
    unpaid = rows.filter(status=InvoiceStatus.UNPAID).select_related("branch")
    return list(unpaid.order_by("number")[:UNPAID_SHOWN])
