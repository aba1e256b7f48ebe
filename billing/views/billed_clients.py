"""Charge Us clients: who will be on the next invoice of a branch, and with what (F-122)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import repeat

from django.db.models import Q
from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from billing.models import BranchInvoiceLine, Plan, Span, unbilled
from billing.models.spans import SpanQuerySet
from billing.proration import ADVANCE, Item, advance
from billing.reckoning import Estimate, estimate
from billing.roles import InvoiceKind
from billing.views.branch_billing import billing_tabs
from billing.views.downloads import batches, download
from billing.views.scope import Names, billed_branch
from billing.views.workings import Worked, worked
from clients.models import Connection
from clients.models.connections import ConnectionQuerySet
from practice.http import FirmRequest, render_page
from practice.models import Branch
from practice.money import ZERO
from practice.paging import Order, paginate

BY_NAME = Order(("name_sort", "id"))
HEADER = ("Client", "Client ID", "Plan", "Currency", "Next month", "Month before", "Next charge")


@dataclass(frozen=True)
class BilledClient:
    """One client's part of the next invoice; `ahead` is the month in advance, if it has one."""

    connection: Connection
    name: str
    number: str
    is_open: bool
    plan: str
    ahead: list[Worked]
    settled: list[Worked]

    @property
    def ahead_sum(self) -> Decimal:
        return sum((one.amount for one in self.ahead), ZERO)

    @property
    def settled_sum(self) -> Decimal:
        return sum((one.amount for one in self.settled), ZERO)

    @property
    def total(self) -> Decimal:
        return self.ahead_sum + self.settled_sum


@require_GET
def billed_client_list(request: FirmRequest) -> HttpResponse:
    branch = billed_branch(request)
    context: dict[str, object] = {"branch": branch, "tabs": billing_tabs(request)}
    if branch:
        found = estimate(branch)
        page = paginate(billed_clients(found), BY_NAME, request.GET)
        context |= {"estimate": found, "page": page, "without_plan": unbilled(branch).count()}
        context["clients"] = list(billed(request, found, page.rows))
    return render_page(request, "billing/billed_client_list.html", context, fragment="clients")


@require_GET
def billed_client_export(request: FirmRequest) -> StreamingHttpResponse | HttpResponse:
    branch = billed_branch(request)
    if branch is None:
        return billed_client_list(request)
    return download(request, "charge-us-clients", HEADER, lambda: lines(request, branch))


def lines(request: FirmRequest, branch: Branch) -> Iterator[Sequence[object]]:
    found = estimate(branch)
    rows = billed_clients(found).order_by(*BY_NAME.columns())
    for batch in batches(rows):
        yield from map(cells, billed(request, found, batch), repeat(branch.currency))


def cells(one: BilledClient, currency: str) -> Sequence[object]:
    amounts = (one.ahead_sum, one.settled_sum, one.total)
    return (one.name, one.number, one.plan, currency, *amounts)


def billed_clients(found: Estimate) -> ConnectionQuerySet:
    """Those billed on the day of the invoice, and those whose last month is still to be settled."""
    settled = {line.connection_id for line in found.adjustments}
    ahead = Q(pk__in=spans_ahead(found).order_by().values("connection_id"))
    rows: ConnectionQuerySet = Connection.objects.for_firm(found.branch.firm)
    return rows.filter(ahead | Q(pk__in=settled))


def spans_ahead(found: Estimate) -> SpanQuerySet:
    """Whose month is charged in advance: not who was charged for it as a first client."""
    charged = BranchInvoiceLine.objects.filter(
        invoice__branch=found.branch, invoice__month=found.month, invoice__kind=InvoiceKind.FIRST
    )
    spans = Span.objects.filter(branch=found.branch).running_on(found.month)
    return spans.exclude(connection_id__in=charged.values("connection_id"))


def billed(
    request: FirmRequest, found: Estimate, rows: Iterable[Connection]
) -> Iterator[BilledClient]:
    """The same figures as the estimate, client by client."""
    listed = list(rows)
    ids = [row.pk for row in listed]
    names, plans = Names(request, ids), dict(Plan.objects.values_list("pk", "name"))
    items = items_of(found, ids)
    currency = found.branch.currency
    for row in listed:
        own = items[row.pk]
        said = [(item, worked(item, plans[item.plan_id], currency)) for item in own]
        yield BilledClient(
            row,
            names.name(row.pk, row.name),
            names.number(row.pk, row.client_number),
            row.pk in names.open,
            ", ".join(dict.fromkeys(plans[item.plan_id] for item in own)),
            [one for item, one in said if item.kind == ADVANCE],
            [one for item, one in said if item.kind != ADVANCE],
        )


def items_of(found: Estimate, ids: Sequence[int]) -> dict[int, list[Item]]:
    """Per client: a month of its plan in advance, then what settles the month before."""
    items: dict[int, list[Item]] = defaultdict(list)
    prices = {one.plan_id: one.price for one in found.advance}
    for span in spans_ahead(found).filter(connection_id__in=ids):
        items[span.connection_id].append(advance(span.plan_id, found.month, prices[span.plan_id]))
    for line in found.adjustments:
        items[line.connection_id].append(line.item)
    return items
