"""What each branch owes and will owe, side by side (F-015, F-015a)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from billing.models import BranchInvoice
from billing.reckoning import Estimate, estimates
from billing.views.scope import billed_branches
from practice.http import FirmRequest, render_page, require_anywhere
from practice.models import Branch
from practice.money import ZERO
from practice.paging import numbered
from practice.permissions import VIEW_BILLING


@dataclass(frozen=True)
class BranchBill:
    """One line of the billing overview; amounts in the branch's currency."""

    branch: Branch
    estimate: Estimate
    unpaid: int
    owed: Decimal

    @property
    def is_billed(self) -> bool:
        """Whether there is anything to charge: clients, or days that are not settled yet."""
        return bool(self.estimate.advance or self.estimate.adjustments)


@dataclass(frozen=True)
class CurrencyTotal:
    """The total row of one currency: amounts of two are never added up."""

    currency: str
    branches: int
    clients: int
    unpaid: int
    owed: Decimal
    next: Decimal
    is_billed: bool


def branch_bills(request: FirmRequest) -> list[BranchBill]:
    """Of every branch whose bill the person may see; the number of questions does not grow."""
    branches = billed_branches(request)
    ids = [branch.pk for branch in branches]
    rows = BranchInvoice.objects.filter(branch_id__in=ids).unpaid().order_by()
    sums = rows.values("branch_id").annotate(count=Count("pk"), owed=Sum("total"))
    owed: dict[int, Any] = {row["branch_id"]: row for row in sums}
    nothing = {"count": 0, "owed": ZERO}
    found = estimates(branches)
    return [
        BranchBill(
            branch,
            found[branch.pk],
            owed.get(branch.pk, nothing)["count"],
            owed.get(branch.pk, nothing)["owed"],
        )
        for branch in branches
    ]


def currency_totals(bills: Iterable[BranchBill]) -> list[CurrencyTotal]:
    grouped: dict[str, list[BranchBill]] = defaultdict(list)
    for bill in bills:
        grouped[bill.branch.currency].append(bill)
    return [
        CurrencyTotal(
            currency,
            len(lines),
            sum(one.estimate.clients for one in lines),
            sum(one.unpaid for one in lines),
            sum((one.owed for one in lines), ZERO),
            sum((one.estimate.total for one in lines), ZERO),
            any(one.is_billed for one in lines),
        )
        for currency, lines in sorted(grouped.items())
    ]


@require_GET
def billing_overview(request: FirmRequest) -> HttpResponse:
    """The panel of the parent dashboard: the branch of the selector does not narrow it."""
    require_anywhere(request, VIEW_BILLING)
    bills = branch_bills(request)
    context = {
        "bills": numbered(bills, request.GET, name="branches"),
        "totals": currency_totals(bills),
    }
    return render_page(request, "billing/billing_overview.html", context, fragment="overview")
