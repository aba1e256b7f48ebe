"""Whose bill a page is about, and what of it the reader may see."""

from collections.abc import Iterable
from dataclasses import replace

from django.http import Http404

from billing.models import BranchInvoice
from billing.models.invoices import BranchInvoiceQuerySet
from billing.reckoning import Estimate, estimate
from billing.roles import InvoiceStatus
from clients.http import visible
from clients.models import Connection
from practice.http import FirmRequest, chosen_branch, require, require_anywhere
from practice.models import Branch
from practice.permissions import VIEW_BILLING

RESTRICTED = "Restricted client"


def billed_branch(request: FirmRequest) -> Branch | None:
    """The branch of the selector; None where all are chosen. Judges the right to see its bill."""
    branch = chosen_branch(request)
    if branch is None:
        require_anywhere(request, VIEW_BILLING)
    else:
        require(request.user, VIEW_BILLING, branch)
    return branch


def billed_branches(request: FirmRequest) -> list[Branch]:
    """Every open branch whose bill the person may see, by name."""
    rows = Branch.objects.open().where(request.standing, VIEW_BILLING)
    return list(rows.select_related("firm").order_by("name", "pk"))


def issued_invoices(request: FirmRequest, branch: Branch | None) -> BranchInvoiceQuerySet:
    """The branch's, or those of all branches whose bill the person may see."""
    rows = BranchInvoice.objects.permitted(request.user, request.firm.pk, VIEW_BILLING)
    rows = rows.exclude(status=InvoiceStatus.DRAFT)
    return rows.filter(branch_id=branch.pk) if branch else rows


def get_invoice(request: FirmRequest, invoice_id: int) -> BranchInvoice:
    """404 where the person may not see it, the same for foreign and unknown ids."""
    rows = issued_invoices(request, None).select_related("branch", "firm")
    invoice = rows.filter(pk=invoice_id).first()
    if invoice is None:
        raise Http404("No such invoice.")
    return invoice


class Names:
    """The clients of some lines: whose pages open, and whose names stay hidden.

    An invoice names everybody as they were called then; but a restricted client is known to its
    own people alone, also where the bill is read.
    """

    def __init__(self, request: FirmRequest, connection_ids: Iterable[int]) -> None:
        ids = set(connection_ids)
        self.open: set[int] = set()
        self.hidden: set[int] = set()
        if not ids:
            return
        self.open = set(visible(request).filter(pk__in=ids).values_list("pk", flat=True))
        closed = Connection.objects.for_firm(request.firm).filter(pk__in=ids - self.open)
        self.hidden = set(closed.filter(is_restricted=True).values_list("pk", flat=True))

    def name(self, connection_id: int, name: str) -> str:
        return RESTRICTED if connection_id in self.hidden else name

    def number(self, connection_id: int, number: str) -> str:
        return "" if connection_id in self.hidden else number


def named_estimate(request: FirmRequest, branch: Branch) -> Estimate:
    """The next invoice of the branch, without the names that the reader does not know."""
    found = estimate(branch)
    names = Names(request, (line.connection_id for line in found.adjustments))
    if not names.hidden:
        return found
    lines = [
        replace(
            line,
            client_name=names.name(line.connection_id, line.client_name),
            client_number=names.number(line.connection_id, line.client_number),
        )
        for line in found.adjustments
    ]
    return replace(found, adjustments=lines)
