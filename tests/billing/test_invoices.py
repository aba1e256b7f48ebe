"""The monthly invoices of branches, by the examples of the features (F-122…F-128b)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from billing.actions.invoices import run_month
from billing.actions.prices import change_price
from billing.actions.spans import change_plan, start_billing
from billing.models import BranchInvoice, BranchInvoiceLine, Span
from billing.periodic import branches_due, start_branch_invoices
from billing.roles import InvoiceKind
from billing.signals import branch_invoice_issued
from clients.actions.ownership import start_transfer
from clients.actions.reconnections import Acceptance, await_client, reconnect
from clients.actions.relationships import (
    disconnect_connection,
    pause_connection,
    resume_connection,
    resume_due,
)
from clients.actions.transfers import transfer_connection
from practice import tenancy
from practice.actions.jobs import run_job
from practice.errors import Refused
from practice.history import because
from practice.models import Job, JobState, Message
from tests import factories as make
from tests.billing.conftest import lines_of

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture
def dublin(firm):
    return make.BranchFactory(firm=firm, name="Dublin", currency="EUR")


def totals(firm) -> list[tuple]:
    rows = BranchInvoice.objects.for_firm(firm).order_by("number")
    return list(rows.values_list("number", "kind", "total"))


def test_the_first_client_is_charged_at_once_and_at_renewal(billed, run, firm):
    """F-123: 10.00 at half month, 20.00 at renewal."""
    billed("2027-06-16", name="Acme")

    run("2027-07")

    assert totals(firm) == [(1, "first", D(10)), (2, "cycle", D(20))]


def test_later_clients_wait_for_the_cycle(billed, run, firm):
    """F-124: 20 + 20 + 10."""
    billed("2027-05-01", name="Acme")
    run("2027-06")
    billed("2027-06-16", name="Bolt")

    invoice = run("2027-07")

    assert invoice.total == D("50.00")
    assert lines_of(invoice) == [
        ("Acme", "Solo", 31, 31, D(20)),
        ("Bolt", "Solo", 15, 30, D(10)),
        ("Bolt", "Solo", 31, 31, D(20)),
    ]


def test_three_at_once_are_one_first_charge(branch, solo, on, firm):
    on("2027-06-16")
    rows = [make.ConnectionFactory(branch=branch) for _ in range(3)]

    start_billing(rows, solo)

    assert totals(firm) == [(1, "first", D(10))]


def test_client_pays_is_on_no_invoice(billed, run, branch, solo):
    """F-122."""
    billed("2027-05-01", name="Acme")
    delta = make.ConnectionFactory(branch=branch, client_pays=True, name="Delta")
    with pytest.raises(Refused, match="Delta pays for itself"):
        start_billing([delta], solo)

    invoice = run("2027-06")

    assert [line[0] for line in lines_of(invoice)] == ["Acme"]


def test_run_twice_is_once(billed, run, firm):
    billed("2027-05-01")
    run("2027-06")
    mails = Message.objects.count()

    assert run("2027-06") is None
    assert (len(totals(firm)), Message.objects.count()) == (2, mails)


def test_an_earlier_month_is_not_run_after_a_later_one(billed, run):
    billed("2027-05-01")
    run("2027-07")

    assert run("2027-06") is None


def test_a_branch_without_clients_has_no_invoice(branch, run):
    assert run("2027-06") is None


def test_pause_and_resume_are_twenty_of_thirty_days(billed, run, on, super_admin):
    """F-126."""
    row = billed("2027-05-01", name="Acme")
    run("2027-06")
    on("2027-06-10")
    pause_connection(row, by=super_admin, reason="They rest")
    on("2027-06-20")
    resume_connection(row, by=super_admin)

    invoice = run("2027-07")

    adjustment = invoice.lines.get(kind="adjustment")
    assert (adjustment.days, adjustment.of_days) == (20, 30)
    assert (adjustment.used, adjustment.charged) == (D("13.33"), D(20))
    assert invoice.total == D("13.33")


def test_an_agreed_pause_ends_by_itself(billed, run, on, super_admin):
    row = billed("2027-05-01")
    run("2027-06")
    on("2027-06-10")
    pause_connection(row, by=super_admin, reason="They rest", until=date(2027, 6, 20))
    on("2027-06-20")

    resume_due()

    assert run("2027-07").lines.get(kind="adjustment").days == 20


def test_a_pause_over_months_is_not_billed_and_credit_is_carried(billed, run, on, super_admin):
    row = billed("2027-05-01")
    run("2027-06")
    on("2027-06-10")
    pause_connection(row, by=super_admin, reason="They rest")
    july, august = run("2027-07"), run("2027-08")
    on("2027-08-11")
    resume_connection(row, by=super_admin)

    september = run("2027-09")

    assert (july.total, july.carried_out, july.status) == (D(0), D(14), "paid")
    assert august is None
    assert [line[2:] for line in lines_of(september)] == [
        (21, 31, D("13.55")),
        (30, 30, D(20)),
    ]
    assert (september.carried_in, september.total) == (D(14), D("19.55"))


def test_a_disconnected_client_has_a_last_line_and_then_none(billed, run, on, super_admin):
    """F-126a."""
    billed("2027-05-01", name="Acme")
    row = billed("2027-05-01", name="Bolt")
    run("2027-06")
    on("2027-06-11")
    disconnect_connection(row, by=super_admin)

    july, august = run("2027-07"), run("2027-08")

    assert ("Bolt", "Solo", 10, 30, D("-13.33")) in lines_of(july)
    assert [line[0] for line in lines_of(august)] == ["Acme"]


def test_a_change_of_plan_shows_both_parts_with_days(billed, run, on, pro):
    """F-125."""
    row = billed("2027-05-01", name="Acme")
    run("2027-06")
    on("2027-06-16")
    change_plan(row, pro, by=None)

    invoice = run("2027-07")

    assert lines_of(invoice) == [
        ("Acme", "Solo", 15, 30, D(-10)),
        ("Acme", "Pro", 15, 30, D(20)),
        ("Acme", "Pro", 31, 31, D(40)),
    ]
    assert (invoice.total, row.plan) == (D(50), "Pro")


def test_up_and_down_again_is_two_lines(billed, run, on, solo, pro):
    row = billed("2027-05-01")
    run("2027-06")
    for day, plan in (("2027-06-11", pro), ("2027-06-21", solo)):
        on(day)
        change_plan(row, plan, by=None)

    rows = run("2027-07").lines.filter(kind="adjustment").order_by("starts_on")

    assert list(rows.values_list("plan_name", "days", "amount")) == [
        ("Solo", 20, D("-6.66")),  # together 26.67
        ("Pro", 10, D("13.33")),
    ]


@pytest.mark.parametrize("is_before_the_run", [True, False])
def test_a_change_on_the_first_day_is_a_whole_month(billed, run, on, pro, firm, is_before_the_run):
    row = billed("2027-05-01")
    on("2027-06-01")
    if is_before_the_run:
        change_plan(row, pro, by=None)
    run("2027-06")
    if not is_before_the_run:
        change_plan(row, pro, by=None)
    run("2027-07")

    assert sum(total for _, _, total in totals(firm)) == 20 + 40 + 40


def test_a_first_client_on_the_first_day_is_charged_once(billed, run, firm):
    billed("2027-06-01")

    assert run("2027-06") is None
    assert totals(firm) == [(1, "first", D(20))]


def test_both_branches_of_a_transfer_pay_their_days(billed, run, on, super_admin, dublin):
    """S0.22: at their own prices, in their own currencies."""
    row = billed("2027-05-01", name="Acme")
    billed("2027-05-01", name="Bolt")
    run("2027-06")
    on("2027-06-11")
    transfer_connection(row, dublin, by=super_admin)

    london, other = run("2027-07"), run("2027-07", dublin)

    assert ("Acme", "Solo", 10, 30, D("-13.33")) in lines_of(london)
    assert (other.currency, lines_of(other)) == (
        "EUR",
        [("Acme", "Solo", 20, 30, D(16)), ("Acme", "Solo", 31, 31, D(24))],
    )


def test_no_transfer_to_a_branch_where_the_plan_has_no_price(billed, super_admin, firm):
    row = billed("2027-05-01")
    zurich = make.BranchFactory(firm=firm, name="Zürich", currency="CHF")

    with pytest.raises(Refused, match="Solo has no price in CHF"):
        transfer_connection(row, zurich, by=super_admin)


def test_the_firm_pays_no_more_once_ownership_is_handed_over(
    billed, on, super_admin, account_owner, connection, solo
):
    """F-084: nor when a client in archive mode is paused and resumed."""
    on("2027-06-01")
    start_billing([connection], solo)
    on("2027-06-11")
    start_transfer(connection, by=super_admin)
    pause_connection(connection, by=super_admin, reason="They rest")
    resume_connection(connection, by=super_admin)

    span = Span.objects.get(connection=connection)
    assert (span.starts_on, span.ends_on) == (date(2027, 6, 1), date(2027, 6, 11))


def test_a_client_that_comes_back_is_billed_from_that_day(billed, run, on, super_admin):
    """F-080: on the plan that it had."""
    row = billed("2027-05-01")
    run("2027-06")
    on("2027-06-11")
    disconnect_connection(row, by=super_admin)
    on("2027-06-21")
    row.refresh_from_db()
    with because("Asked back."):
        await_client(row, by=super_admin)
        reconnect(row, Acceptance("Cara", None))

    [line] = run("2027-07").lines.filter(kind="adjustment")

    assert (line.days, line.amount) == (20, D("-6.67"))


def test_a_new_price_is_for_the_next_cycle(billed, run, on, solo):
    """F-128b: and June, charged at the old one, is even."""
    billed("2027-05-01")
    june = run("2027-06")
    on("2027-06-15")
    with because("Prices are reviewed in summer."):
        change_price(solo, "GBP", D(25))

    july = run("2027-07")

    june.refresh_from_db()
    assert (june.total, july.total, july.lines.count()) == (D(20), D(25), 1)


@pytest.mark.parametrize(
    ("day", "month", "days", "of_days", "amount"),
    [
        ("2028-02-15", "2028-03", 15, 29, "10.34"),  # a leap year
        ("2027-02-15", "2027-03", 14, 28, "10.00"),
        ("2027-03-20", "2027-04", 12, 31, "7.74"),  # clocks go forward on the 28th
        ("2027-10-20", "2027-11", 12, 31, "7.74"),  # and back on the 31st
        ("2027-12-31", "2028-01", 1, 31, "0.65"),
    ],
)
def test_days_are_of_the_calendar(billed, run, day, month, days, of_days, amount):
    billed("2027-01-01")
    billed(day)

    run(f"{month[:4]}-{month[5:]}")

    line = BranchInvoiceLine.objects.get(kind="adjustment", used__lt=20)
    assert (line.days, line.of_days, line.amount) == (days, of_days, D(amount))


def test_the_day_is_that_of_the_firm(branch, solo, time_machine):
    """Half past eleven in the evening in UTC is the next day in summer in London."""
    time_machine.move_to("2027-06-15T23:30Z")

    [span] = start_billing([make.ConnectionFactory(branch=branch)], solo)

    assert span.starts_on == date(2027, 6, 16)


def test_yen_have_no_decimals(firm, billed, run):
    tokyo = make.BranchFactory(firm=firm, currency="JPY")
    billed("2027-05-01", at=tokyo)
    billed("2027-06-17", at=tokyo)

    assert run("2027-07", tokyo).lines.filter(used=1633).count() == 1


def test_numbers_are_consecutive_per_firm(billed, firm, dublin, on):
    """F-128, for many branches of several firms at once."""
    away = make.BranchFactory()
    first = billed("2027-05-01")
    billed("2027-05-01", at=dublin)
    billed("2027-05-01", at=away)

    invoices = run_month([first.branch_id, dublin.pk, away.pk], date(2027, 6, 1))

    assert len(invoices) == 3
    assert [number for number, *_ in totals(firm)] == [1, 2, 3, 4]
    assert [number for number, *_ in totals(away.firm)] == [1, 2]


def test_the_branch_is_told_once_by_mail(billed, run):
    billed("2027-05-01")

    invoice = run("2027-06")

    mail = Message.objects.get(key=f"branch-invoice:{invoice.pk}:issued")
    assert mail.recipient == "london@harbour.test"
    assert mail.subject == "Invoice 2 for London: £20.00"


def test_the_news_names_the_invoices(billed, run):
    heard = []
    billed("2027-05-01")

    def hear(**news):
        heard.append(news["invoices"])

    branch_invoice_issued.connect(hear)
    try:
        invoice = run("2027-06")
    finally:
        branch_invoice_issued.disconnect(hear)

    assert heard == [[invoice]]


def test_history_says_why(billed, run, branch):
    billed("2027-05-01")
    make.PaymentMethodFactory(branch=branch)

    invoice = run("2027-06")

    version = invoice.history.first()
    assert (version.history_change_reason, version.status) == ("Invoiced the month.", "issued")


@pytest.mark.parametrize("statements", [52])
def test_the_number_of_statements_does_not_grow(
    billed, run, branch, solo, django_assert_num_queries, statements
):
    """Whatever the number of clients and branches."""
    branches = [branch, *(make.BranchFactory(firm=branch.firm) for _ in range(3))]
    for at in branches:
        for _ in range(3):
            billed("2027-05-10", at=at)
    ids = [at.pk for at in branches]
    run_month(ids[:1], date(2027, 6, 1))

    with django_assert_num_queries(statements, exact=False):
        run_month(ids, date(2027, 6, 1))


# Beginning


def test_a_client_is_billed_once(billed, solo):
    row = billed("2027-05-01", name="Acme")

    with pytest.raises(Refused, match="Acme is billed already"):
        start_billing([row], solo)


def test_whoever_may_not_manage_billing_starts_none(connection, solo, viewer, billing_admin):
    with pytest.raises(Refused, match="Manage Billing"):
        start_billing([connection], solo, by=viewer)

    assert start_billing([connection], solo, by=billing_admin)
    assert connection.plan == "Solo"


@pytest.mark.parametrize(
    ("facts", "says"),
    [({"is_offered": False}, "not offered any more"), ({}, "is on the plan Solo already")],
)
def test_a_plan_is_changed_for_another_that_is_offered(billed, solo, facts, says):
    row = billed("2027-05-01")
    with because("Withdrawn."):
        type(solo).objects.filter(pk=solo.pk).update(name="Solo", **facts)
    solo.refresh_from_db()

    with pytest.raises(Refused, match=says):
        change_plan(row, solo, by=None)


def test_the_plan_of_a_paused_client_waits(billed, pro, super_admin):
    row = billed("2027-05-01")
    pause_connection(row, by=super_admin, reason="They rest")

    with pytest.raises(Refused, match="not billed at present"):
        change_plan(row, pro, by=None)


# The scheduler


def test_the_clock_starts_a_job_for_each_branch(billed, firm, branch, on):
    billed("2027-05-03")
    on("2027-06-01")

    assert start_branch_invoices() == 1
    run_job(Job.objects.get().pk)

    assert [kind for _, kind, _ in totals(firm)] == [InvoiceKind.FIRST, InvoiceKind.CYCLE]
    assert Job.objects.get().state == JobState.DONE
    assert start_branch_invoices() == 0


def test_missed_months_are_made_up_for_in_their_order(billed, firm, on):
    billed("2027-05-03")
    on("2027-08-02")

    start_branch_invoices()
    run_job(Job.objects.get().pk)

    months = BranchInvoice.objects.for_firm(firm).order_by("number").values_list("month", flat=True)
    assert [month.month for month in months] == [5, 6, 7, 8]


@pytest.mark.parametrize(
    ("zone", "at", "is_due"),
    [
        ("Europe/London", "2027-05-31T22:50", False),
        ("Europe/London", "2027-05-31T23:10", True),
        ("Asia/Tokyo", "2027-05-31T15:10", True),
        ("America/New_York", "2027-06-01T03:50", False),
        ("America/New_York", "2027-06-01T04:10", True),
    ],
)
def test_the_month_begins_in_the_zone_of_the_firm(billed, firm, zone, at, is_due):
    billed("2027-05-03")
    with because("Moved."):
        type(firm).objects.filter(pk=firm.pk).update(time_zone=zone)

    due = list(branches_due(datetime.fromisoformat(at).replace(tzinfo=UTC)))

    assert bool(due) is is_due


def test_the_job_sees_its_firm_alone(billed, run, branch, on):
    billed("2027-05-03")
    on("2027-06-01")

    with tenancy.in_firm(branch.firm_id):
        assert run("2027-06").total == D(20)
