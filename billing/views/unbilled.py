"""Bill Us clients without a plan: who they are, and billing them from today on (F-122).

Imported clients come here, and those that come back under Bill Us. `?plan=` shows what a plan
costs before anything is done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from billing.actions.bill_us import why_closed
from billing.actions.unbilled import bill_all
from billing.forms.subscriptions import PlanForm
from billing.models import unbilled
from billing.views.branch_billing import billing_tabs
from billing.views.costs import cost_of
from billing.views.downloads import batches, download
from billing.views.methods import lacks
from billing.views.scope import Names, billed_branch
from clients.models import Connection
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, require_anywhere
from practice.models import Branch
from practice.paging import Order, paginate
from practice.permissions import MANAGE_BILLING

BY_NAME = Order(("name_sort", "id"))
HEADER = ("Client", "Client ID", "Connected on")


@dataclass(frozen=True)
class UnbilledClient:
    """A line of the list; a restricted client's name is its own people's alone."""

    connection: Connection
    name: str
    number: str
    is_open: bool


@require_http_methods(["GET", "POST"])
def unbilled_client_list(request: FirmRequest) -> HttpResponse:
    branch = billed_branch(request)
    if request.method == "POST":
        require_anywhere(request, MANAGE_BILLING)
    if branch is None:
        return page_of(request, None, {})
    if request.method == "GET":
        form = PlanForm(request.GET if "plan" in request.GET else None, currency=branch.currency)
        return page_of(request, branch, answer(request, branch, form))
    require(request.user, MANAGE_BILLING, branch)
    form = PlanForm(request.POST, currency=branch.currency)
    if not form.is_valid():
        return page_of(request, branch, answer(request, branch, form))
    plan = form.cleaned_data["plan"]
    seen = request.POST.get("clients", "")
    expected = int(seen) if seen.isdecimal() and len(seen) < 10 else 0
    try:
        billed = bill_all(branch, plan, expected=expected, by=request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return page_of(request, branch, answer(request, branch, form))
    clients = "1 client is" if billed == 1 else f"{billed:,} clients are"
    messages.success(request, f"{clients} billed from today on, on the plan {plan}.")
    return redirect("billing:billed-client-list", request.firm.slug)


def page_of(request: FirmRequest, branch: Branch | None, context: dict[str, Any]) -> HttpResponse:
    context |= {"branch": branch, "tabs": billing_tabs(request)}
    form = context.get("form")
    is_wrong = form.errors if form is not None else request.method == "POST"
    status = 422 if is_wrong else 200
    template = "billing/unbilled_client_list.html"
    return render_page(request, template, context, fragment="clients", status=status)


def answer(request: FirmRequest, branch: Branch, form: PlanForm) -> dict[str, Any]:
    rows = unbilled(branch)
    page, closed = paginate(rows, BY_NAME, request.GET), why_closed(branch)
    context: dict[str, Any] = {
        "page": page,
        "clients": list(named(request, page.rows)),
        "why_closed": closed,
        "why_not": lacks(request, branch) or closed,
        "form": form,
    }
    if form.is_valid():
        plan = form.cleaned_data["plan"]
        context |= {"plan": plan, "cost": cost_of(branch, plan, clients=rows.count())}
    return context


def named(request: FirmRequest, rows: Sequence[Connection]) -> Iterator[UnbilledClient]:
    names = Names(request, [row.pk for row in rows])
    for row in rows:
        yield UnbilledClient(
            row,
            names.name(row.pk, row.name),
            names.number(row.pk, row.client_number),
            row.pk in names.open,
        )


@require_GET
def unbilled_client_export(request: FirmRequest) -> StreamingHttpResponse | HttpResponse:
    branch = billed_branch(request)
    if branch is None:
        return page_of(request, None, {})

    def lines() -> Iterator[Sequence[object]]:
        for batch in batches(unbilled(branch).order_by(*BY_NAME.columns())):
            yield from map(cells, named(request, batch))

    return download(request, "bill-us-without-plan", HEADER, lines)


def cells(one: UnbilledClient) -> Sequence[object]:
    return one.name, one.number, one.connection.connected_on
