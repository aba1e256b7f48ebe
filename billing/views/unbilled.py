"""Bill Us clients without a plan: who they are, and billing them from today on (F-122).

Imported clients come here, and those that come back under Bill Us. `?plan=` shows what a plan
costs before anything is done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from billing.actions.bill_us import why_closed
from billing.actions.unbilled import bill_all
from billing.forms.subscriptions import PlanForm
from billing.models import BranchInvoice, Plan, unbilled
from billing.models.plans import prices_in
from billing.proration import Item, Stretch, first_charge, next_month
from billing.reckoning import day_there
from billing.views.branch_billing import billing_tabs
from billing.views.downloads import download
from billing.views.methods import lacks
from billing.views.scope import Names, billed_branch
from clients.models import Connection
from clients.models.connections import ConnectionQuerySet
from practice import clock
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, require_anywhere
from practice.models import Branch
from practice.paging import Order, paginate
from practice.permissions import MANAGE_BILLING

BY_NAME = Order(("name_sort", "id"))
BATCH = 500
HEADER = ("Client", "Client ID", "Connected on")


@dataclass(frozen=True)
class UnbilledClient:
    """A line of the list; a restricted client's name is its own people's alone."""

    connection: Connection
    name: str
    number: str
    is_open: bool


@dataclass(frozen=True)
class Cost:
    """What billing `clients` from today on costs: a month, and the rest of this one for each."""

    clients: int
    price: Decimal
    part: Item
    is_charged_today: bool

    @property
    def month(self) -> Decimal:
        return self.price * self.clients

    @property
    def rest(self) -> Decimal:
        return self.part.amount * self.clients


@require_http_methods(["GET", "POST"])
def unbilled_client_list(request: FirmRequest) -> HttpResponse:
    branch = billed_branch(request)
    if request.method == "POST":
        require_anywhere(request, MANAGE_BILLING)
    if branch is None:
        return page_of(request, None, {})
    if request.method == "GET":
        form = plan_form(request, branch) if "plan" in request.GET else None
        return page_of(request, branch, answer(request, branch, form))
    require(request.user, MANAGE_BILLING, branch)
    form = PlanForm(request.POST, plans=prices_in(branch.currency), currency=branch.currency)
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


def answer(request: FirmRequest, branch: Branch, form: PlanForm | None) -> dict[str, Any]:
    rows = waiting(branch)
    page, closed = paginate(rows, BY_NAME, request.GET), why_closed(branch)
    context: dict[str, Any] = {
        "page": page,
        "clients": list(named(request, page.rows)),
        "many": rows.count(),
        "why_closed": closed,
        "why_not": lacks(request, branch) or closed,
        "form": form or plan_form(request, branch, is_asked=False),
    }
    if form is not None and form.is_valid():
        context["plan"] = form.cleaned_data["plan"]
        context["cost"] = cost_of(branch, form.cleaned_data["plan"], context["many"])
        context["renews_on"] = next_month(context["cost"].part.starts_on)
    return context


def plan_form(request: FirmRequest, branch: Branch, *, is_asked: bool = True) -> PlanForm:
    data = request.GET if is_asked else None
    return PlanForm(data, plans=prices_in(branch.currency), currency=branch.currency)


def waiting(branch: Branch) -> ConnectionQuerySet:
    return unbilled(Connection.objects.filter(branch=branch))


def named(request: FirmRequest, rows: Sequence[Connection]) -> Iterator[UnbilledClient]:
    names = Names(request, [row.pk for row in rows])
    for row in rows:
        yield UnbilledClient(
            row,
            names.name(row.pk, row.name),
            names.number(row.pk, row.client_number),
            row.pk in names.open,
        )


def cost_of(branch: Branch, plan: Plan, clients: int) -> Cost:
    """By the arithmetic of the invoices; the first client of a branch is charged today (F-123)."""
    price = dict(prices_in(branch.currency))[plan]
    today = day_there(clock.now(), branch.firm.time_zone)
    part = first_charge(Stretch(plan.pk, today), price, branch.currency)
    return Cost(clients, price, part, not BranchInvoice.objects.filter(branch=branch).exists())


@require_GET
def unbilled_client_export(request: FirmRequest) -> StreamingHttpResponse | HttpResponse:
    branch = billed_branch(request)
    if branch is None:
        return page_of(request, None, {})

    def lines() -> Iterator[Sequence[object]]:
        batch: list[Connection] = []
        for row in waiting(branch).order_by(*BY_NAME.columns()).iterator(chunk_size=BATCH):
            batch.append(row)
            if len(batch) == BATCH:
                yield from map(cells, named(request, batch))
                batch = []
        yield from map(cells, named(request, batch))

    return download(request, "bill-us-without-plan", HEADER, lines)


def cells(one: UnbilledClient) -> Sequence[object]:
    return one.name, one.number, one.connection.connected_on
