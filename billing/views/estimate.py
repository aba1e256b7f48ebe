"""The card "Estimated Bill" of the dashboards, and how it comes about (F-013, F-013b, F-015)."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from billing.reckoning import Estimate
from billing.views.overview import BranchBill, branch_bills, currency_totals
from billing.views.scope import billed_branch, named_estimate
from billing.views.workings import estimate_steps, formula
from practice.http import FirmRequest, render_page, require_anywhere
from practice.permissions import VIEW_BILLING
from practice.templatetags.wording import day_words, money_words

MOST = 8  # branches that the card names; the overview has all of them


@require_GET
def estimate_panel(request: FirmRequest) -> HttpResponse:
    """Of the branch of the selector, or of all; `?branches=all` does not ask the selector."""
    of_firm = request.GET.get("branches") == "all"
    if of_firm:
        require_anywhere(request, VIEW_BILLING)
    branch = None if of_firm else billed_branch(request)
    found = branch and named_estimate(request, branch)
    card = of_branch(found) if found else of_branches(branch_bills(request))
    context = {
        **card,
        "title": "Total Estimated Bill" if of_firm else "Estimated Bill",
        "place": branch or "all branches",
    }
    return render_page(request, "billing/estimate_panel.html", context, fragment="card")


def of_branch(found: Estimate) -> dict[str, Any]:
    """A figure, when it is due, and its arithmetic; no figure where nothing is to be charged."""
    if not (found.advance or found.adjustments):
        return {"amount": "—", "hint": "No charges yet"}
    return {
        "amount": money_words(found.total, found.branch.currency),
        "hint": f"Due {day_words(found.due_on)}",
        "steps": estimate_steps(found),
    }


def of_branches(bills: Sequence[BranchBill]) -> dict[str, Any]:
    """One figure for each currency, and the formula of each branch."""
    billed = [bill for bill in bills if bill.is_billed]
    if not billed:
        return {"amount": "—", "hint": "No charges yet"}
    due = min(bill.estimate.due_on for bill in billed)
    totals = (one for one in currency_totals(billed))
    return {
        "amount": " · ".join(money_words(one.next, one.currency) for one in totals),
        "hint": f"Due {day_words(due)}",
        "steps": list(branch_steps(billed)),
    }


def branch_steps(billed: Sequence[BranchBill]) -> Iterator[str]:
    for bill in billed[:MOST]:
        yield f"{bill.branch}: {formula(bill.estimate)}"
    if len(billed) > MOST:
        yield f"{len(billed) - MOST:,} more branches stand in the billing overview."
