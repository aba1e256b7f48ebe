"""Payment methods: one for each branch, entered on the provider's page (F-127)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from billing.actions.methods import keep_branch_method, page_for_branch, remove_branch_method
from billing.http import get_branch, unpaid_invoices
from billing.models import BillingVerification, PaymentMethod
from billing.views.branch_billing import billing_tabs
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, require_anywhere, stream
from practice.models import Branch
from practice.models.firms import BranchQuerySet
from practice.paging import Page, numbered
from practice.permissions import MANAGE_BILLING, VIEW_BILLING
from practice.spreadsheets import CSV_TYPE, csv_rows

HEADER = ("Branch", "Currency", "Payment method", "Expires", "Billing verification")
NO_METHOD = "None"
NOT_ASKED = "Not requested"


@require_safe
def method_list(request: FirmRequest) -> HttpResponse:
    require_anywhere(request, VIEW_BILLING)
    page: Page[Branch] = numbered(branches(request), request.GET)
    context = {
        "page": page,
        "lines": lines_of(request, page.rows),
        "unpaid": unpaid_invoices(request),
        "tabs": billing_tabs(request),
    }
    return render_page(request, "billing/method_list.html", context)


@require_safe
def method_export(request: FirmRequest) -> HttpResponseBase:
    require_anywhere(request, VIEW_BILLING)

    def lines() -> Iterable[str]:
        rows = lines_of(request, list(branches(request)))
        return csv_rows(HEADER, (row.cells for row in rows))

    return stream(request, lines, content_type=CSV_TYPE, filename="payment-methods.csv")


@require_http_methods(["GET", "POST"])
def method_add(request: FirmRequest, branch_id: int) -> HttpResponse:
    """Says where the card is entered, then goes there."""
    branch = get_branch(request, branch_id)
    require(request.user, MANAGE_BILLING, branch)
    if request.method == "POST":
        try:
            return redirect(page_for_branch(branch, by=request.user))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect("billing:method-list", request.firm.slug)
    context = {"branch": branch, "method": PaymentMethod.objects.of_branch(branch.pk)}
    return render_page(request, "billing/method_add.html", context)


@require_GET
def method_return(request: FirmRequest, branch_id: int) -> HttpResponse:
    """Back from the provider; it says what was entered, the address does not."""
    branch = get_branch(request, branch_id)
    require(request.user, MANAGE_BILLING, branch)
    try:
        method = keep_branch_method(branch, request.GET.get("session", ""), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{branch.name} pays by {method} from now on.")
    return redirect("billing:method-list", request.firm.slug)


@require_http_methods(["GET", "POST"])
def method_remove(request: FirmRequest, branch_id: int) -> HttpResponse:
    branch = get_branch(request, branch_id)
    require(request.user, MANAGE_BILLING, branch)
    if request.method == "POST":
        try:
            method = remove_branch_method(branch, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{method} is removed from {branch.name}.")
        return redirect("billing:method-list", request.firm.slug)
    context = {"branch": branch, "method": PaymentMethod.objects.of_branch(branch.pk)}
    return render_page(request, "billing/method_remove.html", context)


@dataclass(frozen=True)
class BranchPays:
    """A line of the list: a branch, how it pays, and whether it may open Bill Us clients."""

    branch: Branch
    method: PaymentMethod | None
    verification: BillingVerification | None
    lacks: str

    @property
    def cells(self) -> list[object]:
        method, asked = self.method, self.verification
        return [
            self.branch.name,
            self.branch.currency,
            str(method) if method else NO_METHOD,
            method.expires if method else "",
            asked.get_status_display() if asked else NOT_ASKED,
        ]


def branches(request: FirmRequest) -> BranchQuerySet:
    return Branch.objects.open().where(request.standing, VIEW_BILLING)


def lines_of(request: FirmRequest, rows: Iterable[Branch]) -> list[BranchPays]:
    """In two statements for all of them."""
    ids = [branch.pk for branch in rows]
    methods = {m.branch_id: m for m in PaymentMethod.objects.in_use().filter(branch_id__in=ids)}
    asked = BillingVerification.objects.filter(branch_id__in=ids).order_by("requested_at", "pk")
    newest = {row.branch_id: row for row in asked}
    return [
        BranchPays(branch, methods.get(branch.pk), newest.get(branch.pk), lacks(request, branch))
        for branch in rows
    ]


def lacks(request: FirmRequest, branch: Branch) -> str:
    may = request.standing.holds(MANAGE_BILLING, branch.pk)
    return "" if may else f"You need the permission “{MANAGE_BILLING.label}”."
