"""The measurements in their short form: that they run, and what they count; no milliseconds."""

import pytest

from bench import ingest, invoice_run, invoice_world, nightly, world
from bench.invoice_world import Size
from billing.proration import first_day
from practice import clock
from tests.factories import FirmFactory

CLIENTS = 2_000
pytestmark = pytest.mark.django_db(transaction=True)


def test_the_loader_puts_policies_triggers_and_indexes_back():
    world.ensure(CLIENTS)

    with world.connect() as owner:
        before = owner.execute(world.SHAPE, {"tables": list(world.FILLED)}).fetchall()
        world.load(owner, world.World(CLIENTS, seed=1))
        after = owner.execute(world.SHAPE, {"tables": list(world.FILLED)}).fetchall()
        unforced = owner.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity"
        ).fetchall()
        silent = owner.execute(
            "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'O' AND NOT tgisinternal"
        ).fetchall()

    assert after == before
    assert (unforced, silent) == ([], [])


def test_rows_of_others_go_on_behind_those_that_were_loaded():
    """Another measurement may follow in the same database."""
    world.ensure(CLIENTS)

    assert FirmFactory().pk > world.FIRMS


def test_a_month_is_invoiced_in_sets_and_once(capsys):
    """The ratio and the memory are for the long form."""
    size = Size(subscriptions=1_000, branches=10)
    month = first_day(clock.today())
    invoice_world.load(size, month)

    line = invoice_run.measured(size, month)

    facts = {name: line[name] for name in ("invoices", "lines", "adjustments", "gaps", "mails")}
    assert facts == {
        "invoices": 10,
        "lines": 1_060,
        "adjustments": 70,
        "gaps": 0,
        "mails": 10,
    }


def test_batches_of_events_arrive_once():
    """The ratio is for the long form."""
    world.ensure(CLIENTS)

    told = ingest.measured(batches=2)

    assert [name for name in told["missed"] if name != "ratio"] == []


def test_a_night_run_twice_does_nothing():
    """The ratios and the memory are for the long form."""
    world.ensure(CLIENTS)
    nightly.scene()

    first, usual, again = nightly.nights()

    assert "idle" not in again["missed"]
    assert (again["raised"], again["closed"], again["on_record"], again["mails"]) == (0, 0, 0, 0)
    assert first["raised"] > usual["raised"] > 0
    assert usual["closed"] > 0
    assert first["on_record"] == first["expired"] > 0
    assert first["mails"] > 0
