"""An invoice as PDF/A: typeset by typst, which is given data and never markup (F-128)."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal

import typst
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from billing.models import BranchInvoice
from billing.views.branch_invoices import BY_CLIENT, by_client
from billing.views.scope import get_invoice
from practice.http import FirmRequest
from practice.templatetags.wording import day_words, money_words

SHEET = settings.BASE_DIR / "templates" / "billing" / "branch_invoice.typ"
SELLER = "Countinghouse"
NO_GLYPH = "could not be displayed with"
HEADER = ("Client", "Plan", "Period", "Days", "Price of a month", "Amount")
HINT = (
    "Also called Bill Us: the practice pays for them. Names, plans and prices are as they were"
    " when the invoice was issued."
)


@require_GET
def branch_invoice_pdf(request: FirmRequest, invoice_id: int) -> HttpResponse:
    """All lines, also where the page shows some hundred at a time."""
    invoice = get_invoice(request, invoice_id)
    data = sheet_of(request, invoice)
    response = HttpResponse(typeset(data, invoice), content_type="application/pdf")
    name = f"invoice-{invoice.number}.pdf"
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@cache
def fonts() -> typst.Fonts:
    """Read once: those that come with typst, and the machine's for other scripts."""
    return typst.Fonts(include_system_fonts=True)


def typeset(data: dict[str, Any], invoice: BranchInvoice) -> bytes:
    """For the archive (PDF/A-2b), which must hold a glyph for each character.

    Where no font has one, an ordinary PDF, in which that character is an empty box.
    """
    try:
        return compiled(data, invoice, "a-2b")
    except typst.TypstError as error:
        if NO_GLYPH not in str(error):
            raise
        return compiled(data, invoice, None)


def compiled(
    data: dict[str, Any], invoice: BranchInvoice, standard: Literal["a-2b"] | None
) -> bytes:
    issued_at = invoice.issued_at
    assert issued_at is not None
    return typst.compile(
        SHEET,
        font_paths=fonts(),
        format="pdf",
        sys_inputs={"data": json.dumps(data)},
        pdf_standards=standard,
        timestamp=int(issued_at.timestamp()),
    )


def sheet_of(request: FirmRequest, invoice: BranchInvoice) -> dict[str, Any]:
    """What the sheet says, all of it as text."""
    assert invoice.issued_at is not None
    issued_on = timezone.localdate(invoice.issued_at)
    currency = invoice.currency
    paid = day_words(timezone.localdate(invoice.paid_at)) if invoice.paid_at else "not yet"
    return {
        "title": f"Invoice {invoice.number}",
        "seller": SELLER,
        "issued": [issued_on.year, issued_on.month, issued_on.day],
        "left": [
            ("For", invoice.firm.name),
            ("Branch", invoice.branch.name),
            ("Month", f"{invoice.month:%B %Y}"),
            ("Kind", invoice.get_kind_display()),
        ],
        "right": [
            ("Status", invoice.get_status_display()),
            ("Issued", day_words(issued_on)),
            ("Due", day_words(invoice.due_on) if invoice.due_on else ""),
            ("Paid", paid if invoice.total else "nothing was to be paid"),
        ],
        "hint": HINT,
        "header": HEADER,
        "lines": list(lines_of(request, invoice)),
        "sums": list(sums_of(invoice)),
        "total": money_words(invoice.total, currency),
    }


def lines_of(request: FirmRequest, invoice: BranchInvoice) -> Iterator[dict[str, Any]]:
    """The arithmetic stands below an amount that is not a whole month."""
    currency = invoice.currency
    rows = list(invoice.lines.order_by(*BY_CLIENT.columns()))
    for client in by_client(request, rows, currency):
        for line in client.lines:
            yield {
                "client": client.name,
                "number": client.number,
                "plan": line.plan,
                "period": line.period,
                "days": line.days,
                "price": money_words(line.price, currency),
                "amount": money_words(line.amount, currency),
                "steps": [] if line.amount == line.price else line.steps,
            }


def sums_of(invoice: BranchInvoice) -> Iterator[tuple[str, str]]:
    """Only where something is carried: else the total is the sum of the lines."""
    currency, carried_in = invoice.currency, invoice.carried_in
    if not carried_in and not invoice.carried_out:
        return
    lines = invoice.total + carried_in - invoice.carried_out
    yield "Sum of the lines", money_words(lines, currency)
    if carried_in:
        yield "Credit carried in from the invoice before", money_words(-carried_in, currency)
    if invoice.carried_out:
        said = money_words(invoice.carried_out, currency)
        yield "Credit carried to the next invoice", said
