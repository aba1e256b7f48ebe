"""The usage snapshot follows the events of its client (C30)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from clients.actions.usage import take_events
from clients.actions.usage.snapshots import LARGEST
from clients.models import UsageDay, UsageSnapshot
from practice import clock
from tests import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def tell(connection, as_firm):
    """`tell(("login", when), ("bank_expired", when, "Northbank"))`: the snapshot afterwards."""
    number = iter(range(1000))

    def tell(*events: tuple) -> UsageSnapshot:
        batch = [
            {
                "id": str(next(number)),
                "client": connection.pk,
                "kind": kind,
                "at": at.isoformat(),
                **({"name": rest[0]} if rest and isinstance(rest[0], str) else {}),
                **({"count": rest[0]} if rest and isinstance(rest[0], int) else {}),
            }
            for kind, at, *rest in events
        ]
        with as_firm(connection.firm):
            answer = take_events(connection.firm, batch)
        assert answer.refused == []
        return UsageSnapshot.objects.get()

    return tell


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_the_first_event_makes_a_snapshot(tell, connection):
    row = tell(("login", ago(3)))

    assert (row.connection_id, row.firm_id) == (connection.pk, connection.firm_id)
    assert (row.taken_at, row.last_login_at, row.last_transaction_at) == (NOW, ago(3), None)
    assert row.monthly == [0] * 12
    assert (row.features, row.integrations, row.transactions_allowed) == ([], [], 0)


def test_the_latest_counts_in_whatever_order_it_comes(tell):
    tell(("transaction", ago(2)), ("job_booked", ago(2)), ("invoice", ago(2)))

    row = tell(
        ("transaction", ago(5)),
        ("job_booked", ago(1)),
        ("invoice", ago(9)),
        ("reconciliation", ago(40)),
    )

    assert (row.last_transaction_at, row.last_job_at) == (ago(2), ago(1))
    assert (row.latest_invoice_on, row.last_reconciled_on) == (ago(2).date(), ago(40).date())


def test_thirty_days_are_counted(tell):
    row = tell(
        ("transaction", ago(0), 1),
        ("transaction", ago(29), 10),
        ("transaction", ago(30), 100),
        ("report", ago(29)),
        ("report", ago(30)),
    )

    assert (row.transactions, row.reports_generated) == (11, 1)


def test_the_first_report_of_a_day_counts_anew(tell, monkeypatch):
    """Whatever it speaks of: what has become too old counts no more."""
    tell(("transaction", ago(29), 10), ("report", ago(29)))
    same_day = tell(("login", ago(0)))
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(days=1))

    next_day = tell(("login", ago(0)))

    assert (same_day.transactions, same_day.reports_generated) == (10, 1)
    assert (next_day.transactions, next_day.reports_generated) == (0, 0)


def test_months_are_counted_oldest_first(tell):
    row = tell(
        ("transaction", datetime(2025, 11, 30, 23, 59, tzinfo=UTC), 1000),
        ("transaction", datetime(2025, 12, 1, tzinfo=UTC), 1),
        ("transaction", datetime(2026, 10, 31, 23, 59, tzinfo=UTC), 2),
        ("transaction", datetime(2026, 11, 1, tzinfo=UTC), 3),
        ("invoice", ago(1), 50),
    )

    assert row.monthly == [1, *[0] * 9, 2, 3]


def test_months_move_on_as_they_pass(tell, connection, monkeypatch):
    factories.UsageSnapshotFactory(
        connection=connection,
        monthly=list(range(1, 13)),
        taken_at=datetime(2026, 9, 30, tzinfo=UTC),
    )

    row = tell(("transaction", ago(1), 7))

    assert row.monthly == [*range(3, 13), 0, 7]


@pytest.mark.parametrize(
    ("monthly", "taken", "expected"),
    [
        ([], NOW, [0] * 12),
        ([5], NOW, [*[0] * 11, 5]),
        ([7, *range(12)], NOW, list(range(12))),
        (list(range(12)), NOW, list(range(12))),
        (list(range(12)), datetime(2025, 12, 1, tzinfo=UTC), [11, *[0] * 11]),
        (list(range(12)), datetime(2025, 11, 1, tzinfo=UTC), [0] * 12),
        (list(range(12)), datetime(1999, 1, 1, tzinfo=UTC), [0] * 12),
        (list(range(12)), datetime(2027, 1, 1, tzinfo=UTC), list(range(12))),
    ],
)
def test_twelve_months_end_with_this_one(monthly, taken, expected, tell, connection):
    factories.UsageSnapshotFactory(connection=connection, monthly=monthly, taken_at=taken)

    assert tell(("login", ago(0))).monthly == expected


def test_banks_stand_as_their_last_events_say(tell):
    row = tell(
        ("bank_connected", ago(9), "Northbank"),
        ("bank_connected", ago(9), "Southbank"),
        ("bank_connected", ago(9), "Eastbank"),
        ("bank_expired", ago(5), "Northbank"),
        ("bank_removed", ago(5), "Eastbank"),
    )
    assert (row.bank_accounts, row.bank_accounts_expired) == (2, 1)

    row = tell(("bank_connected", ago(6), "Northbank"))
    assert row.bank_accounts_expired == 1

    row = tell(("bank_connected", ago(4), "Northbank"))
    assert (row.bank_accounts, row.bank_accounts_expired) == (2, 0)


def test_gateways_add_ons_and_the_package_have_names(tell):
    row = tell(
        ("gateway_connected", ago(3), "Stripe"),
        ("gateway_connected", ago(3), "PayPal"),
        ("gateway_removed", ago(2), "Stripe"),
        ("add_on_activated", ago(3), "Payroll"),
        ("add_on_activated", ago(3), "Forms"),
        ("package_connected", ago(9), "Bookwell"),
        ("package_connected", ago(3), "Ledgerline"),
    )
    assert row.payment_gateways == ["PayPal"]
    assert row.add_ons == ["Forms", "Payroll"]
    assert row.accounting_package == "Ledgerline"

    assert tell(("package_removed", ago(1), "Ledgerline")).accounting_package == "Bookwell"
    assert tell(("package_removed", ago(1), "Bookwell")).accounting_package == ""


def test_what_no_event_speaks_of_stays(tell, connection):
    factories.UsageSnapshotFactory(
        connection=connection,
        payment_gateways=["PayPal"],
        bank_accounts=4,
        accounting_package="Bookwell",
        features=["Invoicing"],
        transactions_allowed=500,
        unscheduled_jobs=3,
    )

    row = tell(("login", ago(1)), ("add_on_activated", ago(1), "Payroll"))

    assert (row.payment_gateways, row.bank_accounts) == (["PayPal"], 4)
    assert row.accounting_package == "Bookwell"
    assert (row.features, row.transactions_allowed) == (["Invoicing"], 500)
    assert (row.unscheduled_jobs, row.add_ons) == (3, ["Payroll"])


def test_jobs_wait_to_be_scheduled_and_to_be_sent(tell):
    row = tell(("job_booked", ago(400), 3), ("job_booked", ago(9), 2), ("job_scheduled", ago(3), 4))
    assert (row.unscheduled_jobs, row.unsent_jobs) == (1, 4)

    row = tell(("job_scheduled", ago(2), 9), ("job_sent", ago(1), 5))
    assert (row.unscheduled_jobs, row.unsent_jobs) == (0, 8)


def test_numbers_that_no_column_holds_stop_at_its_end(tell, connection):
    factories.UsageDayFactory(connection=connection, day=date(2026, 11, 20), transactions=2**40)
    factories.UsageSnapshotFactory(connection=connection, monthly=[LARGEST], taken_at=NOW)

    row = tell(("transaction", ago(8), 1_000_000))

    assert (row.transactions, row.monthly[-1]) == (LARGEST, LARGEST)
    assert UsageDay.objects.get().transactions == 2**40 + 1_000_000
