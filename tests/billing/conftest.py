"""Plans at round prices, and a clock to be moved: Harbour is in London."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from billing.actions.invoices import run_month
from billing.actions.spans import start_billing
from billing.models import BranchInvoice, Plan
from clients.models import Connection
from practice.models import Branch
from tests import factories as make


def a_plan(name: str, level: int, **prices: str) -> Plan:
    plan = make.PlanFactory(code=name.lower(), name=name, level=level)
    for currency, amount in prices.items():
        make.PlanPriceFactory(plan=plan, currency=currency, amount=Decimal(amount))
    return plan


@pytest.fixture
def solo(db) -> Plan:
    return a_plan("Solo", 1, GBP="20.00", EUR="24.00", JPY="3500")


@pytest.fixture
def pro(db) -> Plan:
    return a_plan("Pro", 2, GBP="40.00", EUR="48.00")


@pytest.fixture
def on(time_machine) -> Callable[[str], None]:
    """`on("2027-06-16")`: it is noon there."""
    return lambda day: time_machine.move_to(f"{day}T12:00Z", tick=False)


@pytest.fixture
def billed(branch, solo, on) -> Callable[..., Connection]:
    """`billed("2027-06-16")`: a Solo client of London, billed since that day."""

    def begin(day: str, plan: Plan = solo, at: Branch = branch, **facts) -> Connection:
        on(day)
        row = make.ConnectionFactory(branch=at, **facts)
        start_billing([row], plan)
        return row

    return begin


@pytest.fixture
def run(branch) -> Callable[..., BranchInvoice | None]:
    """`run("2027-07")`: the invoice of London for the month, if there is one."""

    def invoiced(month: str, at: Branch = branch) -> BranchInvoice | None:
        return next(iter(run_month([at.pk], date.fromisoformat(f"{month}-01"))), None)

    return invoiced


def lines_of(invoice: BranchInvoice) -> list[tuple[str, str, int, int, Decimal]]:
    """Client, plan, days, of days, amount."""
    rows = invoice.lines.order_by("client_name", "kind", "starts_on", "pk")
    return list(rows.values_list("client_name", "plan_name", "days", "of_days", "amount"))
