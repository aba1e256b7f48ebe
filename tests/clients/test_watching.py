"""The nightly check: what it raises, and closes again (F-095…F-099a, C26)."""

from datetime import timedelta

import pytest

from billing.roles import InvoiceStatus
from clients.actions.watching import watch_batch, watch_now
from clients.models import Alert, AlertKind, AlertOutcome
from clients.roles import ConnectionStatus
from practice import clock, tenancy
from practice.history import because
from tests import factories

K = AlertKind
HEALTHY = {
    "transactions": 50,
    "bank_accounts": 1,
    "reports_generated": 3,
}


def ago(days: float = 0, **more):
    return clock.now() - timedelta(days=days, **more)


@pytest.fixture
def still(monkeypatch):
    """The clock stands: a limit is met to the second."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    return now


@pytest.fixture
def report(connection):
    """A snapshot of Acme that gives no cause but the facts."""

    def make(**facts):
        usual = {**HEALTHY, "last_login_at": ago(1), "last_transaction_at": ago(1)}
        return factories.UsageSnapshotFactory(connection=connection, **{**usual, **facts})

    return make


def change(row, **facts) -> None:
    with because("Arranged."):
        type(row).objects.filter(pk=row.pk).update(**facts)


def kinds(**facts) -> set[str]:
    return set(Alert.objects.unresolved().filter(**facts).values_list("kind", flat=True))


def test_a_client_who_is_well_has_no_alert(still, report):
    report()

    watch_now()

    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("facts", "kind", "is_raised"),
    [
        ({"last_login_at": 29}, K.NO_LOGIN, False),
        ({"last_login_at": 30}, K.NO_LOGIN, True),
        ({"last_transaction_at": 59}, K.NO_TRANSACTIONS, False),
        ({"last_transaction_at": 60}, K.NO_TRANSACTIONS, True),
    ],
)
def test_days_are_so_many_times_24_hours(still, report, facts, kind, is_raised):
    [(name, days)] = facts.items()
    usage = report(**{name: ago(days)})

    watch_now()

    assert kinds() == ({kind} if is_raised else set())
    if is_raised:
        alert = Alert.objects.get()
        assert (alert.since, alert.threshold) == (getattr(usage, name), days)


@pytest.mark.parametrize("name", ["last_login_at", "last_transaction_at"])
def test_a_second_before_the_limit_is_before_it(still, report, name):
    days = {"last_login_at": 30, "last_transaction_at": 60}[name]
    usage = report(**{name: ago(days) + timedelta(seconds=1)})

    watch_now()
    before = kinds()
    change(usage, **{name: ago(days)})
    watch_now()

    assert (before, len(kinds())) == (set(), 1)


def test_who_never_did_counts_from_the_day_of_entry(still, report, connection):
    report(last_login_at=None, last_transaction_at=None)
    change(connection, created_at=ago(29))

    watch_now()
    young = kinds()
    change(connection, created_at=ago(60))
    watch_now()

    assert young == set()
    assert {K.NO_LOGIN, K.NO_TRANSACTIONS} <= kinds()
    assert Alert.objects.get(kind=K.NO_LOGIN).since is None


def test_without_a_report_nothing_is_judged(connection):
    change(connection, created_at=ago(400))

    watch_now()

    assert kinds() == set()


@pytest.mark.parametrize(
    ("days", "limit", "is_raised"), [(45, 46, False), (45, 45, True), (29, 10, True)]
)
def test_the_firms_own_threshold_counts(still, report, firm, days, limit, is_raised):
    change(firm, login_alert_days=limit)
    report(last_login_at=ago(days))

    watch_now()

    assert (K.NO_LOGIN in kinds()) is is_raised


def test_another_firm_keeps_its_own_threshold(still, firm, branch):
    other = factories.ConnectionFactory()
    change(firm, login_alert_days=45)
    for row in (factories.ConnectionFactory(branch=branch), other):
        factories.UsageSnapshotFactory(connection=row, **HEALTHY, last_login_at=ago(40))

    watch_now()

    assert Alert.objects.get(kind=K.NO_LOGIN).connection == other


def test_an_expired_feed_is_named(report, connection):
    report(bank_accounts=3, bank_accounts_expired=1)
    for name, kinds_of in {
        "Barclays": ["bank_connected", "bank_expired"],
        "Revolut": ["bank_expired", "bank_connected"],
        "Monzo": ["bank_expired", "bank_removed"],
    }.items():
        for number, kind in enumerate(kinds_of):
            factories.UsageEventFactory(
                connection=connection, kind=kind, name=name, at=ago(9 - number)
            )

    watch_now()

    alert = Alert.objects.get()
    assert (alert.kind, alert.says) == (K.BANK_EXPIRED, "Expired: Barclays")


def test_a_second_bank_is_named_too(report, connection):
    report(bank_accounts=3, bank_accounts_expired=1)
    watch_now()
    without = Alert.objects.get().says
    for name in ("Barclays", "Revolut"):
        factories.UsageEventFactory(
            connection=connection, kind="bank_expired", name=name, at=ago(1)
        )

    watch_now()

    assert without == "Expired: a banking connection"
    assert Alert.objects.get().says == "Expired: Barclays, Revolut"


def test_a_failed_payment_of_the_branch_is_an_issue_of_its_bill_us_clients(branch):
    ours = factories.ConnectionFactory(branch=branch)
    factories.ConnectionFactory(branch=branch, client_pays=True)
    factories.ConnectionFactory(branch=branch, paused=True)
    factories.ConnectionFactory(branch=factories.BranchFactory(firm=branch.firm))
    invoice = factories.BranchInvoiceFactory(branch=branch, unpaid=True)

    watch_now()
    raised = list(Alert.objects.values_list("connection", "kind"))
    change(invoice, status=InvoiceStatus.PAID, paid_at=clock.now())
    watch_now()

    assert raised == [(ours.pk, K.SUBSCRIPTION)]
    assert kinds() == set()


@pytest.mark.parametrize(("model", "is_raised"), [("bill_us", True), ("client_pays", False)])
def test_a_subscription_past_due_is_an_issue_of_bill_us_alone(branch, model, is_raised):
    factories.ConnectionFactory(branch=branch, billing_model=model, subscription_status="past_due")

    watch_now()

    assert (kinds() == {K.SUBSCRIPTION}) is is_raised


@pytest.mark.parametrize(("limit", "is_raised"), [(80, False), (81, True), (0, False)])
def test_a_score_under_the_threshold_is_an_alert(still, report, firm, limit, is_raised):
    change(firm, low_engagement=limit)
    report(last_login_at=ago(6))  # 30 + 20 + 0 + 20 + 10

    watch_now()

    assert (K.LOW_ENGAGEMENT in kinds()) is is_raised
    if is_raised:
        alert = Alert.objects.get(kind=K.LOW_ENGAGEMENT)
        assert alert.says == "Engagement score 80 of 100, below 81"


def test_run_twice_it_raises_once(report):
    report(last_login_at=ago(40), bank_accounts_expired=1)
    watch_now()
    first = list(Alert.objects.order_by("pk").values())
    versions = Alert.history.count()

    watch_now()

    assert list(Alert.objects.order_by("pk").values()) == first
    assert Alert.history.count() == versions


def test_cured_it_is_resolved_with_the_time_and_may_come_again(still, report, monkeypatch):
    usage = report(last_login_at=ago(40))
    watch_now()
    change(usage, last_login_at=ago(0))

    watch_now()

    alert = Alert.objects.get()
    assert (alert.resolved_at, alert.outcome) == (still, AlertOutcome.CURED)
    turn = Alert.history.filter(id=alert.pk).latest("history_id")
    assert turn.history_change_reason == "The nightly check of the clients."
    later = still + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: later)
    watch_now()
    assert Alert.objects.filter(kind=K.NO_LOGIN).count() == 2


def test_a_higher_threshold_cures_too(still, report, firm):
    report(last_login_at=ago(40))
    watch_now()
    change(firm, login_alert_days=45)

    watch_now()

    assert Alert.objects.get().outcome == AlertOutcome.CURED


def test_acknowledged_and_snoozed_ones_are_not_raised_anew_and_are_cured(report, branch_admin):
    usage = report(last_login_at=ago(40), last_transaction_at=ago(70))
    watch_now()
    change(Alert.objects.get(kind=K.NO_LOGIN), acknowledged_at=ago(0), acknowledged_by=branch_admin)
    change(Alert.objects.get(kind=K.NO_TRANSACTIONS), snoozed_until=ago(-14))
    watch_now()
    count = Alert.objects.count()
    change(usage, last_login_at=ago(0), last_transaction_at=ago(0))

    watch_now()

    assert (count, kinds()) == (2, set())


@pytest.mark.parametrize("trait", ["paused", "pending", "disconnected", "reconnecting"])
def test_only_active_clients_get_alerts(branch, trait):
    row = factories.ConnectionFactory(branch=branch, **{trait: True})
    factories.UsageSnapshotFactory(connection=row, last_login_at=ago(400))

    watch_now()

    assert not Alert.objects.exists()


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("paused", ""), ("disconnected", AlertOutcome.ENDED)],
)
def test_paused_keeps_its_alert_and_ended_closes_it(report, connection, status, outcome):
    report(last_login_at=ago(40))
    watch_now()
    facts = {"paused_at": ago(0), "disconnected_at": ago(0), "disconnect_reason": "Client request"}
    change(connection, status=ConnectionStatus(status), **facts)

    watch_now()

    assert Alert.objects.get().outcome == outcome


def test_batches_meet_every_client_once(branch, monkeypatch):
    monkeypatch.setattr("clients.actions.watching.BATCH", 2)
    rows = [factories.ConnectionFactory(branch=branch) for _ in range(5)]
    for row in rows:
        factories.UsageSnapshotFactory(connection=row, **HEALTHY, last_login_at=ago(31))

    watch_now()

    assert set(Alert.objects.values_list("connection", "kind")) == {
        (row.pk, K.NO_LOGIN) for row in rows
    }


def test_it_takes_as_many_statements_for_many_as_for_one(branch, django_assert_num_queries):
    for _ in range(4):
        row = factories.ConnectionFactory(branch=branch)
        factories.UsageSnapshotFactory(connection=row, last_login_at=ago(31))

    with tenancy.as_system(), django_assert_num_queries(4):  # two, and because() around them
        raised, closed = watch_batch(0, 2**40)

    assert (raised > 3, closed) == (True, 0)
