"""`manage.py bench invoice_run`: the invoices of a month against the bare insert of their lines.

The floor of each chunk of branches writes the lines that the run has just made once more, for
drafts, with one INSERT … SELECT under the same policies, keys and triggers, and is rolled back.
The run is stopped half way and started anew: what it finds done it leaves alone.
"""

import json
import sys
import time
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction

from bench import invoice_world
from bench.invoice_world import Size
from bench.memory import peak_mb
from billing.actions.invoices import drafts, execute, run_month
from billing.models import BranchInvoice, BranchInvoiceLine
from billing.models.statements import COLUMNS
from billing.proration import first_day, next_month
from billing.roles import InvoiceKind
from practice import clock, tenancy
from practice.history import because
from practice.models import Branch, Message

GOAL, MOST_GROWTH = 5.0, 15.0  # times the floor; MB after the first chunks
LINES_AT_ONCE = 10_000
SETTLED = 5  # chunks, after which memory grows no more

COPIED = ", ".join(f"l.{name.strip()}" for name in COLUMNS.split(",")[2:])
FLOOR = f"""
INSERT INTO billing_branchinvoiceline ({COLUMNS})
SELECT d.firm_id, d.id, {COPIED}
FROM billing_branchinvoiceline l JOIN billing_branchinvoice i ON i.id = l.invoice_id
  JOIN billing_branchinvoice d ON d.branch_id = i.branch_id AND d.month = %(draft)s
WHERE i.id = ANY(%(ids)s)
"""


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--subscriptions", type=int, default=1_000_000, help="clients (1,000,000)")
    parser.add_argument("--branches", type=int, default=1000, help="(1,000)")


def run(chosen: Mapping[str, Any]) -> int:
    """Print one line; 1 when a goal is missed."""
    size = Size(chosen["subscriptions"], chosen["branches"])
    month = first_day(clock.today())
    loaded = invoice_world.load(size, month)
    sys.stderr.write(f"{size.subscriptions:,} subscriptions loaded in {loaded:.1f} s\n")
    line = measured(size, month)
    print(json.dumps(line), flush=True)
    return 1 if line["missed"] else 0


def measured(size: Size, month: date) -> dict[str, Any]:
    ids = list(range(1, size.branches + 1))
    at_once = max(1, LINES_AT_ONCE * size.branches // size.subscriptions)
    chunks = list(chunked(ids, at_once))
    runs, floors, settled = 0.0, 0.0, 0.0
    half = len(chunks) // 2
    for place, chunk in enumerate([*chunks[:half], *chunks]):
        seconds, made = timed_run(chunk, month)
        runs += seconds
        if made:
            floors += timed_floor(made, month)
        if place == min(SETTLED, len(chunks) - 1):
            settled = peak_mb()
    facts = outcome(ids, month)
    ratio, growth = runs / floors, peak_mb() - settled
    missed = [
        name
        for name, is_missed in (
            ("ratio", ratio > GOAL),
            ("growth", growth > MOST_GROWTH),
            ("invoices", facts["invoices"] != size.branches),
            ("numbers", facts["gaps"] != 0),
            ("mails", facts["mails"] != size.branches),
        )
        if is_missed
    ]
    return {
        "bench": "invoice_run",
        "subscriptions": size.subscriptions,
        "branches": size.branches,
        **facts,
        "run_s": round(runs, 1),
        "floor_s": round(floors, 1),
        "ratio": round(ratio, 2),
        "goal": GOAL,
        "peak_mb": round(peak_mb(), 1),
        "growth_mb": round(growth, 1),
        "missed": missed,
    }


def chunked(ids: Sequence[int], many: int) -> list[list[int]]:
    return [list(ids[first : first + many]) for first in range(0, len(ids), many)]


def timed_run(chunk: Sequence[int], month: date) -> tuple[float, list[int]]:
    """Seconds with the commit, and the invoices that were made."""
    started = time.perf_counter()
    with tenancy.as_system():
        made = [invoice.pk for invoice in run_month(chunk, month)]
    return time.perf_counter() - started, made


def timed_floor(invoice_ids: Sequence[int], month: date) -> float:
    """Seconds with the checks of a commit; nothing is kept."""
    draft = next_month(month)
    with tenancy.as_system(), because("The floor."):
        branches = Branch.objects.filter(pk__in=branches_of(invoice_ids))
        drafts(list(branches), draft, InvoiceKind.CYCLE)
        execute("SET CONSTRAINTS ALL IMMEDIATE", None)
        execute("SET CONSTRAINTS ALL DEFERRED", None)
        started = time.perf_counter()
        execute(FLOOR, {"ids": list(invoice_ids), "draft": draft})
        execute("SET CONSTRAINTS ALL IMMEDIATE", None)
        seconds = time.perf_counter() - started
        transaction.set_rollback(True)
    return seconds


def branches_of(invoice_ids: Sequence[int]) -> Any:
    return BranchInvoice.objects.filter(pk__in=invoice_ids).order_by().values("branch_id")


def outcome(branch_ids: Sequence[int], month: date) -> dict[str, Any]:
    with tenancy.as_system():
        made = BranchInvoice.objects.filter(branch_id__in=branch_ids).cycle_of(month)
        lines = BranchInvoiceLine.objects.filter(invoice__in=made.order_by().values("pk"))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(sum(gap), 0) FROM (SELECT max(number) - count(*) AS gap"
                " FROM billing_branchinvoice GROUP BY firm_id) f"
            )
            gaps = int(cursor.fetchone()[0])
        return {
            "invoices": made.count(),
            "lines": lines.count(),
            "adjustments": lines.filter(kind="adjustment").count(),
            "gaps": gaps,
            "mails": Message.objects.filter(key__endswith=":issued").count(),
        }
