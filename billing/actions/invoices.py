"""Making invoices of branches: a few statements, for one branch or for many (F-122…F-128)."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db import connection as database
from django.db import transaction

from billing.models import BranchInvoice, PlanPrice, Span
from billing.models.statements import (
    ADVANCE_LINES,
    BILLED_AHEAD,
    ISSUE,
    ITEM_LINES,
    NUMBERS,
)
from billing.proration import Item, first_charge, first_day, month_before, next_month
from billing.reckoning import settled_items
from billing.roles import InvoiceKind
from billing.signals import branch_invoice_issued
from practice import clock
from practice.actions.outbox import post_messages
from practice.emails import render_mail
from practice.history import because
from practice.models import Branch, Message, User


@transaction.atomic
def run_month(
    branch_ids: Iterable[int], month: date, *, at: datetime | None = None
) -> list[BranchInvoice]:
    """Invoice the branches for the month that begins on that day, and settle the one before.

    A branch that has this invoice or a later one, or nothing to be charged for, is left out: run
    twice, the second time makes none. Branches are locked in the order of their ids.
    """
    branches = unbilled(branch_ids, month)
    settled = settled_items(list(branches), month_before(month))
    wanted = {branch_id for branch_id, _, _ in settled} | billed_ahead(branches, month)
    if not wanted:
        return []
    with because("Invoiced the month."):
        invoices = drafts([branches[pk] for pk in sorted(wanted)], month, InvoiceKind.CYCLE)
        ids = {invoice.branch_id: invoice.pk for invoice in invoices}
        facts = {"month": month, "after": next_month(month), "branch_ids": list(ids)}
        execute(ADVANCE_LINES, facts | {"invoice_ids": list(ids.values())})
        add_items([(ids[branch_id], client, item) for branch_id, client, item in settled])
        return issue(invoices, by=None, at=at)


def unbilled(branch_ids: Iterable[int], month: date) -> dict[int, Branch]:
    """Locked, in order; those without an invoice for the month or for a later one."""
    locked = Branch.objects.filter(pk__in=branch_ids).order_by("pk")
    branches = {row.pk: row for row in locked.select_for_update(no_key=True)}
    billed = BranchInvoice.objects.filter(branch_id__in=branches, kind=InvoiceKind.CYCLE)
    for branch_id in billed.filter(month__gte=month).order_by().values_list("branch_id", flat=True):
        branches.pop(branch_id, None)
    return branches


def billed_ahead(branch_ids: Iterable[int], month: date) -> set[int]:
    with database.cursor() as cursor:
        cursor.execute(BILLED_AHEAD, {"branch_ids": list(branch_ids), "month": month})
        return {branch_id for (branch_id,) in cursor.fetchall()}


def issue_first(spans: Sequence[Span], *, by: User | None) -> list[BranchInvoice]:
    """Charge the first client that a branch ever had at once (F-123). The branches are locked."""
    billed = BranchInvoice.objects.filter(branch_id__in={span.branch_id for span in spans})
    known = set(billed.order_by().values_list("branch_id", flat=True))
    in_order = sorted(spans, key=lambda span: (span.branch_id, span.starts_on, span.pk))
    firsts = [next(group) for _, group in groupby(in_order, key=lambda span: span.branch_id)]
    charges = [(span, charge_of(span)) for span in firsts if span.branch_id not in known]
    charges = [(span, item) for span, item in charges if item.amount]
    invoices, items = [], []
    for span, item in charges:
        [invoice] = drafts([span.branch], first_day(span.starts_on), InvoiceKind.FIRST)
        invoices.append(invoice)
        items.append((invoice.pk, span.connection_id, item))
    add_items(items)
    return issue(invoices, by=by)


def charge_of(span: Span) -> Item:
    prices = PlanPrice.objects.valid_in(first_day(span.starts_on))
    price = prices.get(plan_id=span.plan_id, currency=span.branch.currency)
    return first_charge(span.stretch, price.amount, span.branch.currency)


def drafts(branches: Sequence[Branch], month: date, kind: InvoiceKind) -> list[BranchInvoice]:
    return BranchInvoice.objects.bulk_create(
        [
            BranchInvoice(
                firm_id=branch.firm_id,
                branch=branch,
                currency=branch.currency,
                month=month,
                kind=kind,
            )
            for branch in branches
        ],
        batch_size=1000,
    )


def add_items(items: Sequence[tuple[int, int, Item]]) -> None:
    """Lines of drafts: invoice, client, and what it is charged."""
    if not items:
        return
    rows = [
        (
            invoice_id,
            client_id,
            item.plan_id,
            item.kind,
            item.starts_on,
            item.ends_on,
            item.days,
            item.of_days,
            item.price,
            item.used,
            item.charged,
        )
        for invoice_id, client_id, item in items
    ]
    execute(ITEM_LINES, [list(column) for column in zip(*rows, strict=True)])


def issue(
    invoices: Sequence[BranchInvoice], *, by: User | None, at: datetime | None = None
) -> list[BranchInvoice]:
    """Number the drafts, firm by firm, sum them up, and tell the branches."""
    if not invoices:
        return []
    ids = [invoice.pk for invoice in invoices]
    execute(NUMBERS, {"invoice_ids": ids})
    execute(ISSUE, {"invoice_ids": ids, "now": at or clock.now()})
    rows = BranchInvoice.objects.filter(pk__in=ids)
    issued = list(rows.select_related("branch", "firm").order_by("firm_id", "number"))
    post_messages([letter(invoice) for invoice in issued])
    branch_invoice_issued.send(BranchInvoice, invoices=issued, by=by)
    return issued


def letter(invoice: BranchInvoice) -> Message:
    mail = render_mail("billing/branch_invoice", {"firm": invoice.firm, "invoice": invoice})
    return Message(
        key=f"branch-invoice:{invoice.pk}:issued",
        recipient=invoice.branch.email,
        subject=mail.subject,
        body=mail.body,
        firm_id=invoice.firm_id,
    )


def execute(statement: str, facts: Any) -> None:
    with database.cursor() as cursor:
        cursor.execute(statement, facts)


def catch_up(branch: Branch, month: date) -> list[date]:
    """The months of the branch that have no invoice yet, up to this one, in their order."""
    billed = BranchInvoice.objects.filter(branch=branch, kind=InvoiceKind.CYCLE)
    last = billed.order_by("-month").values_list("month", flat=True).first()
    if last is None:
        started = Span.objects.filter(branch=branch).order_by("starts_on")
        last = started.values_list("starts_on", flat=True).first()
    months = [next_month(last)] if last and next_month(last) <= month else []
    while months and months[-1] < month:
        months.append(next_month(months[-1]))
    return months
