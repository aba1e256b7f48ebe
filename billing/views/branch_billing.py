"""Branch Billing: the next invoice, and those before (F-013, F-122)."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from billing.forms.invoices import InvoiceFilterForm
from billing.http import unpaid_invoices
from billing.models import BranchInvoice, unbilled
from billing.views.downloads import download
from billing.views.overview import branch_bills, currency_totals
from billing.views.scope import billed_branch, issued_invoices, named_estimate
from billing.views.workings import estimate_steps
from practice.http import FirmRequest, render_page
from practice.models import Branch
from practice.paging import Order, numbered, paginate

NEWEST_FIRST = Order(("number", "id"), is_descending=True)
HEADER = (
    "Invoice",
    "Branch",
    "Month",
    "Kind",
    "Status",
    "Currency",
    "Total",
    "Credit carried in",
    "Credit carried on",
    "Issued (UTC)",
    "Due",
    "Paid (UTC)",
)


@require_GET
def branch_billing(request: FirmRequest) -> HttpResponse:
    """Of the branch of the selector; of all branches side by side where all are chosen."""
    branch = billed_branch(request)
    form = InvoiceFilterForm(request.GET)
    rows = form.narrow(issued_invoices(request, branch)).select_related("branch")
    context: dict[str, Any] = {
        "branch": branch,
        "form": form,
        "page": paginate(rows, NEWEST_FIRST, request.GET),
        "is_filtered": form.is_filtered,
        "export_query": request.GET.urlencode(),
        "tabs": billing_tabs(request),
    }
    if not request.htmx:
        context["unpaid"] = unpaid_invoices(request)
        context |= next_invoice(request, branch) if branch else next_invoices(request)
    status = 200 if form.is_valid() else 422
    template = "billing/branch_billing.html"
    return render_page(request, template, context, fragment="invoices", status=status)


def next_invoice(request: FirmRequest, branch: Branch) -> dict[str, Any]:
    found = named_estimate(request, branch)
    return {
        "estimate": found,
        "steps": estimate_steps(found),
        "without_plan": unbilled(branch).count(),
    }


def next_invoices(request: FirmRequest) -> dict[str, Any]:
    bills = branch_bills(request)
    page = numbered(bills, request.GET, name="branches")
    return {"bills": page, "totals": currency_totals(bills)}


@require_GET
def branch_invoice_export(request: FirmRequest) -> StreamingHttpResponse:
    """The invoices of the list, every page of it."""
    branch = billed_branch(request)
    rows = InvoiceFilterForm(request.GET).narrow(issued_invoices(request, branch))
    ordered = rows.select_related("branch").order_by(*NEWEST_FIRST.columns())

    def lines() -> Iterator[Sequence[object]]:
        return map(cells, ordered.iterator(chunk_size=1000))

    return download(request, "branch-invoices", HEADER, lines)


def cells(invoice: BranchInvoice) -> Sequence[object]:
    return (
        invoice.number,
        invoice.branch.name,
        f"{invoice.month:%Y-%m}",
        invoice.get_kind_display(),
        invoice.get_status_display(),
        invoice.currency,
        *(invoice.total, invoice.carried_in, invoice.carried_out),
        *(invoice.issued_at, invoice.due_on, invoice.paid_at),
    )


def billing_tabs(request: FirmRequest) -> list[tuple[str, str, str]]:
    pages = (
        ("invoices", "Invoices", "billing:branch-billing"),
        ("clients", "Charge Us clients", "billing:billed-client-list"),
        ("simulator", "What if", "billing:simulator"),
        ("methods", "Payment methods", "billing:method-list"),
    )
    slug = request.firm.slug
    return [(key, label, reverse(name, args=[slug])) for key, label, name in pages]
