"""The estimate and the simulator say what the invoice says later (F-013, F-250)."""

import random
from datetime import date
from decimal import Decimal

import pytest

from bench.money_walks import Walk
from billing.actions.spans import change_plan
from billing.proration import Move
from billing.reckoning import Estimate, estimate, estimates, simulate
from clients.actions.relationships import (
    disconnect_connection,
    pause_connection,
    resume_connection,
)
from tests import factories as make

pytestmark = pytest.mark.django_db


def words(found: Estimate) -> list[str]:
    ahead = [f"{one.clients} × {one.price:.2f}" for one in found.advance]
    return [*ahead, *(f"{line.client_name} {line.item.amount:.2f}" for line in found.adjustments)]


def test_a_third_client_at_half_month(billed, run, branch, on):
    """F-013b: 3 × 20.00 and 10.00."""
    for name in ("Acme", "Bolt"):
        billed("2027-05-01", name=name)
    run("2027-06")

    billed("2027-06-16", name="Cobalt")

    found = estimate(branch)
    assert (found.total, found.due_on) == (Decimal(70), date(2027, 7, 1))
    assert words(found) == ["3 × 20.00", "Cobalt 10.00"]
    assert run("2027-07").total == Decimal(70)
    on("2027-07-02")
    assert estimate(branch).total == Decimal(60)


def test_client_pays_changes_nothing(billed, branch):
    """F-013a."""
    billed("2027-05-16")
    before = estimate(branch).total

    make.ConnectionFactory(branch=branch, client_pays=True)

    assert estimate(branch).total == before == Decimal(20)


def test_a_branch_without_clients_owes_nothing(branch):
    found = estimate(branch)

    assert (found.total, found.clients, words(found)) == (0, 0, [])


def test_on_the_first_the_invoice_of_the_day_comes_next(billed, run, branch, on):
    """Between midnight and the run."""
    billed("2027-05-16")
    on("2027-06-01")

    assert (estimate(branch).month, estimate(branch).total) == (date(2027, 6, 1), Decimal(20))
    run("2027-06")
    assert estimate(branch).month == date(2027, 7, 1)


def test_credit_is_in_the_estimate(billed, run, on, branch, super_admin):
    row = billed("2027-05-01")
    run("2027-06")
    on("2027-06-10")
    pause_connection(row, by=super_admin, reason="They rest")
    run("2027-07")
    on("2027-07-11")
    resume_connection(row, by=super_admin)

    found = estimate(branch)

    assert (found.balance.carried_in, found.total) == (Decimal(14), Decimal("19.55"))


def test_many_branches_are_estimated_at_once(billed, firm, django_assert_num_queries):
    branches = [make.BranchFactory(firm=firm) for _ in range(4)]
    for at in branches:
        billed("2027-05-16", at=at)
        billed("2027-05-20", at=at)

    with django_assert_num_queries(13, exact=False):
        found = estimates(branches)

    assert {one.total for one in found.values()} == {Decimal("47.74")}


# The simulator


@pytest.fixture
def world(billed, run, on):
    """Acme and Bolt since May, on the 5th of June."""
    rows = [billed("2027-05-01", name=name) for name in ("Acme", "Bolt")]
    run("2027-06")
    on("2027-06-05")
    return rows


def seen(simulation) -> list[tuple[str, Decimal, Decimal]]:
    return [(f"{one.month:%b}", one.before.total, one.after.total) for one in simulation.months]


def test_disconnecting_on_the_tenth_is_the_invoice_later_made(world, branch, on, run, super_admin):
    """F-250."""
    row, _ = world
    simulation = simulate(branch, row, Move.DISCONNECT, date(2027, 6, 10))

    on("2027-06-10")
    disconnect_connection(row, by=super_admin)
    invoice = run("2027-07")

    assert seen(simulation) == [("Jul", Decimal(40), invoice.total)]
    assert invoice.total == Decimal(6)
    [item] = simulation.months[0].items_after
    assert (item.days, item.of_days, item.amount) == (9, 30, Decimal(-14))


def test_a_pause_in_the_month_after_next(world, branch):
    row, _ = world

    simulation = simulate(branch, row, Move.PAUSE, date(2027, 7, 11))

    assert seen(simulation) == [
        ("Jul", Decimal(40), Decimal(40)),
        ("Aug", Decimal(40), Decimal("6.45")),
    ]
    assert simulation.months[1].difference == Decimal("-33.55")


def test_adding_a_client_waits_for_the_cycle(world, branch, solo):
    simulation = simulate(branch, None, Move.ADD, date(2027, 6, 16), solo)

    assert simulation.now is None
    assert seen(simulation) == [("Jul", Decimal(40), Decimal(70))]


def test_adding_the_first_client_says_what_is_charged_at_once(branch, solo, on):
    on("2027-06-05")

    simulation = simulate(branch, None, Move.ADD, date(2027, 6, 16), solo)

    assert simulation.now.amount == Decimal(10)
    assert seen(simulation) == [("Jul", Decimal(0), Decimal(20))]


def test_changing_the_plan(world, branch, pro, on, run):
    row, _ = world
    simulation = simulate(branch, row, Move.CHANGE_PLAN, date(2027, 6, 16), pro)

    on("2027-06-16")
    change_plan(row, pro, by=None)

    assert seen(simulation) == [("Jul", Decimal(40), run("2027-07").total)]


# By chance: what is estimated and what is simulated is what is invoiced


@pytest.mark.parametrize("seed", range(6))
def test_estimate_and_simulation_are_the_invoice(db, seed):
    """`manage.py soak money` takes many more of these walks."""
    walk = Walk(random.Random(seed))

    assert walk.violations() == []
    assert walk.invoices > 3
