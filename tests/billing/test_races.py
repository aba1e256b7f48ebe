"""Two at once: one invoice per branch and month, numbers without gaps, one first charge."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection as database

from billing.actions.invoices import run_month
from billing.actions.spans import start_billing
from billing.models import BranchInvoice
from clients.actions.relationships import pause_connection
from practice import tenancy
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = date(2027, 6, 1)


def at_once(*works) -> list[object]:
    def do(work):
        try:
            with tenancy.as_system():
                return work()
        finally:
            database.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result() for future in [pool.submit(do, work) for work in works]]


@pytest.fixture
def clients(branch):
    price = make.PlanPriceFactory()
    elsewhere = [branch, *(make.BranchFactory(firm=branch.firm) for _ in range(3))]
    rows = [make.ConnectionFactory(branch=at) for at in elsewhere for _ in range(3)]
    for row in rows:
        make.SpanFactory(connection=row, plan=price.plan, starts_on=date(2027, 5, 1))
    return rows


def test_runs_at_once_make_each_invoice_once_and_leave_no_number_out(clients, firm):
    ids = sorted({row.branch_id for row in clients})

    at_once(*(lambda ids=ids: run_month(ids, MONTH) for ids in (ids, ids, ids[2:], ids[:1])))

    with tenancy.as_system():
        rows = BranchInvoice.objects.for_firm(firm)
        assert sorted(rows.values_list("number", flat=True)) == [1, 2, 3, 4]
        assert sorted(rows.values_list("branch_id", flat=True)) == ids


def test_two_first_clients_at_once_are_one_first_charge(branch):
    price = make.PlanPriceFactory()
    rows = [make.ConnectionFactory(branch=branch) for _ in range(4)]

    at_once(*(lambda row=row: start_billing([row], price.plan) for row in rows))

    with tenancy.as_system():
        assert [row.kind for row in BranchInvoice.objects.filter(branch=branch)] == ["first"]


def test_a_pause_and_the_run_do_not_wait_in_a_ring(clients, super_admin):
    works = [
        lambda row=row: pause_connection(row, by=super_admin, reason="They rest") for row in clients
    ]
    ids = [row.branch_id for row in clients]

    found = at_once(*works, lambda: run_month(ids, MONTH))

    # Who is paused before the run comes to the branch is not billed: up to four are left.
    numbers = [invoice.number for invoice in found[-1]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) <= 4
