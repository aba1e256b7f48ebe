"""One invoice of a branch: its lines by client, each with its arithmetic (F-122, F-128, F-250)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from billing.models import BranchInvoice, BranchInvoiceLine
from billing.proration import Balance
from billing.views.downloads import download
from billing.views.scope import Names, get_invoice
from billing.views.workings import Worked, balance_steps, worked
from practice.http import FirmRequest, render_page
from practice.money import ZERO
from practice.paging import Order, paginate

BY_CLIENT = Order(("client_name", "connection_id", "id"))
PAGE = 200
BATCH = 500
HEADER = (
    "Client",
    "Client ID",
    "Plan",
    "Kind",
    "From",
    "Until (not included)",
    "Days",
    "Days of month",
    "Price",
    "Used",
    "Charged before",
    "Amount",
    "Currency",
)


@dataclass(frozen=True)
class ClientLines:
    """The lines of one client; the name is as it was when the invoice was issued."""

    connection_id: int
    name: str
    number: str
    is_open: bool
    lines: list[Worked]

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)


@require_GET
def branch_invoice_detail(request: FirmRequest, invoice_id: int) -> HttpResponse:
    invoice = get_invoice(request, invoice_id)
    page = paginate(invoice.lines.all(), BY_CLIENT, request.GET, size=PAGE)
    context: dict[str, Any] = {
        "invoice": invoice,
        "page": page,
        "clients": list(by_client(request, page.rows, invoice.currency)),
        "steps": list(balance_steps(balance_of(invoice), invoice.currency)),
        "lines_sum": invoice.total + invoice.carried_in - invoice.carried_out,
    }
    return render_page(request, "billing/branch_invoice_detail.html", context)


def balance_of(invoice: BranchInvoice) -> Balance:
    return Balance(invoice.total, invoice.carried_in, invoice.carried_out)


def by_client(
    request: FirmRequest, lines: Sequence[BranchInvoiceLine], currency: str
) -> Iterator[ClientLines]:
    """Restricted clients without their names, where the reader does not know them."""
    names = Names(request, (line.connection_id for line in lines))
    for connection_id, own in groupby(lines, key=lambda line: line.connection_id):
        rows = list(own)
        yield ClientLines(
            connection_id,
            names.name(connection_id, rows[0].client_name),
            names.number(connection_id, rows[0].client_number),
            connection_id in names.open,
            [worked(line, line.plan_name, currency) for line in rows],
        )


@require_GET
def branch_invoice_lines_export(request: FirmRequest, invoice_id: int) -> StreamingHttpResponse:
    invoice = get_invoice(request, invoice_id)

    def lines() -> Iterator[Sequence[object]]:
        for batch in batches(invoice):
            names = Names(request, (line.connection_id for line in batch))
            yield from (cells(line, names, invoice.currency) for line in batch)

    return download(request, f"invoice-{invoice.number}", HEADER, lines)


def batches(invoice: BranchInvoice) -> Iterable[list[BranchInvoiceLine]]:
    """All lines in the order of the page, some hundred at a time."""
    batch: list[BranchInvoiceLine] = []
    for line in invoice.lines.order_by(*BY_CLIENT.columns()).iterator(chunk_size=BATCH):
        batch.append(line)
        if len(batch) == BATCH:
            yield batch
            batch = []
    yield batch


def cells(line: BranchInvoiceLine, names: Names, currency: str) -> Sequence[object]:
    return (
        names.name(line.connection_id, line.client_name),
        names.number(line.connection_id, line.client_number),
        line.plan_name,
        line.get_kind_display(),
        *(line.starts_on, line.ends_on, line.days, line.of_days),
        *(line.price, line.used, line.charged, line.amount),
        currency,
    )
