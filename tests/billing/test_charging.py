"""Charges of branch invoices: once each, whatever happens in between (F-127a)."""

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.db import connection as database

from billing.actions import charging
from billing.actions.charging import (
    charge_invoices,
    refund_charge,
    send_due_charges,
    settle,
    take_charges,
)
from billing.actions.dunning import RETRIES, coming_retries
from billing.actions.retrying import pay_now, renew_subscriptions, retry_failed
from billing.gateways.base import Answer, Unreachable
from billing.gateways.builtin import BuiltinGateway
from billing.models import AccountSubscription, BranchInvoice, BuiltinPayment, Charge
from billing.roles import ChargeStatus
from billing.signals import branch_invoice_issued
from practice import tenancy
from practice.errors import Refused
from practice.models import Message
from tests import factories


@pytest.fixture
def invoice(branch):
    return factories.BranchInvoiceFactory(branch=branch, total=Decimal("40.00"))


def pays_by(branch, card: str):
    return factories.PaymentMethodFactory(branch=branch, token=f"{card}-{branch.pk}")


def issued(*invoices) -> None:
    branch_invoice_issued.send(BranchInvoice, invoices=list(invoices), by=None)


def outcome(invoice) -> tuple[str, list[str]]:
    invoice.refresh_from_db()
    charges = Charge.objects.filter(invoice=invoice).order_by("attempt")
    return invoice.status, [charge.status for charge in charges]


def let_time_pass(**span) -> None:
    """Everything that waits is due by so much more."""
    by = timedelta(**span)
    with factories.arranging():
        for charge in Charge.objects.all():
            charge.not_before -= by
            if charge.next_retry_at:
                charge.next_retry_at -= by
            charge.save()
        for row in BuiltinPayment.objects.exclude(turns_at=None):
            row.turns_at -= by
            row.save()


def test_an_issued_invoice_is_charged(branch, invoice):
    pays_by(branch, "approve")

    issued(invoice)
    send_due_charges()

    charge = Charge.objects.get()
    assert outcome(invoice) == ("paid", ["succeeded"])
    assert invoice.paid_at == charge.settled_at
    assert (charge.amount, charge.currency, charge.attempt) == (Decimal("40.00"), "GBP", 1)
    assert BuiltinPayment.objects.get().key == charge.key
    assert charge.history.count() == 3
    assert not Message.objects.exists()


def test_it_is_charged_once_however_often_it_is_announced(branch, invoice):
    pays_by(branch, "approve")

    for _ in range(2):
        issued(invoice)
        send_due_charges()

    assert (Charge.objects.count(), BuiltinPayment.objects.count()) == (1, 1)


def test_many_invoices_take_as_many_statements_as_one(firm, django_assert_max_num_queries):
    rows = [factories.BranchInvoiceFactory(branch__firm=firm) for _ in range(5)]
    for row in rows:
        pays_by(row.branch, "approve")

    with django_assert_max_num_queries(14):
        charge_invoices(rows)

    assert Charge.objects.count() == 5


def test_an_invoice_over_nothing_is_not_charged(branch):
    nothing = factories.BranchInvoiceFactory(branch=branch, total=0, paid=True)

    issued(nothing)

    assert outcome(nothing) == ("paid", [])


def test_a_declined_card_leaves_it_unpaid_with_a_schedule(branch, billing_admin, invoice):
    pays_by(branch, "decline")

    issued(invoice)
    send_due_charges()

    charge = Charge.objects.get()
    mails = Message.objects.order_by("recipient")
    assert outcome(invoice) == ("unpaid", ["failed"])
    assert charge.failure == "The card was declined."
    assert len(coming_retries(charge)) == len(RETRIES)
    assert [mail.recipient for mail in mails] == ["bill@harbour.test", "london@harbour.test"]
    assert f"Invoice {invoice.number} of London is unpaid" in mails[0].subject
    assert "We try again on" in mails[0].body


def test_without_a_method_it_is_unpaid_at_once(branch, invoice):
    issued(invoice)

    assert outcome(invoice) == ("unpaid", ["failed"])
    assert Charge.objects.get().failure == "There is no payment method."
    assert Message.objects.get().recipient == branch.email


def test_it_is_tried_again_by_the_schedule_and_then_no_more(branch, invoice):
    pays_by(branch, "decline")
    issued(invoice)
    send_due_charges()

    for _ in range(len(RETRIES) + 2):
        let_time_pass(days=8)
        retry_failed()
        send_due_charges()

    attempts = len(RETRIES) + 1
    assert outcome(invoice) == ("unpaid", ["failed"] * attempts)
    assert Message.objects.count() == attempts
    assert "We do not try again by ourselves." in Message.objects.order_by("-pk")[0].body


def test_a_retry_takes_the_method_of_now(branch, invoice):
    issued(invoice)
    pays_by(branch, "approve")
    let_time_pass(days=2)

    retry_failed()
    send_due_charges()

    assert outcome(invoice) == ("paid", ["failed", "succeeded"])


def test_it_is_not_tried_before_its_time(branch, invoice):
    issued(invoice)

    assert retry_failed() == 0
    assert Charge.objects.count() == 1


def test_a_slow_payment_is_looked_at_again(branch, invoice):
    pays_by(branch, "delay")
    issued(invoice)
    send_due_charges()
    before = outcome(invoice)

    let_time_pass(minutes=2)
    send_due_charges()

    assert before == ("issued", ["pending"])
    assert outcome(invoice) == ("paid", ["succeeded"])


class Away(BuiltinGateway):
    """A provider whose answers are lost: it was asked, and we do not know."""

    def charge(self, order):
        super().charge(order)
        raise Unreachable("timeout")


def test_a_lost_answer_is_asked_for_by_the_same_key(branch, invoice, monkeypatch):
    pays_by(branch, "approve")
    issued(invoice)
    with monkeypatch.context() as patched:
        patched.setattr(charging, "gateway_of", lambda name: Away())
        send_due_charges()
    before = outcome(invoice)

    let_time_pass(minutes=2)
    send_due_charges()

    assert before == ("issued", ["due"])
    assert outcome(invoice) == ("paid", ["succeeded"])
    assert BuiltinPayment.objects.count() == 1


def test_a_killed_worker_leaves_it_due_when_its_lease_ends(branch, invoice):
    pays_by(branch, "approve")
    issued(invoice)
    [taken] = take_charges()
    BuiltinGateway().charge(charging.order_of(taken))

    assert send_due_charges() == 0
    let_time_pass(minutes=3)
    assert send_due_charges() == 1

    assert outcome(invoice) == ("paid", ["succeeded"])
    assert BuiltinPayment.objects.count() == 1


def test_an_older_answer_moves_nothing_back(branch, invoice):
    pays_by(branch, "approve")
    issued(invoice)
    send_due_charges()
    charge = Charge.objects.get()

    for late in (ChargeStatus.PENDING, ChargeStatus.FAILED, ChargeStatus.SUCCEEDED):
        settle(charge, Answer(charge.reference, late))

    assert outcome(invoice) == ("paid", ["succeeded"])
    assert not Message.objects.exists()


def test_a_dispute_makes_it_unpaid_again(branch, invoice):
    pays_by(branch, "approve")
    issued(invoice)
    send_due_charges()
    charge = Charge.objects.get()

    settle(charge, Answer(charge.reference, ChargeStatus.DISPUTED))

    assert outcome(invoice) == ("unpaid", ["disputed"])
    assert "is disputed" in Message.objects.get().subject


def test_a_dispute_won_after_a_second_payment_is_said(branch, invoice, branch_owner):
    pays_by(branch, "approve")
    issued(invoice)
    send_due_charges()
    first = Charge.objects.get()
    settle(first, Answer(first.reference, ChargeStatus.DISPUTED))
    pay_now(invoice, attempt=2, by=branch_owner)
    send_due_charges()

    settle(first, Answer(first.reference, ChargeStatus.SUCCEEDED))

    first.refresh_from_db()
    assert outcome(invoice) == ("paid", ["disputed", "succeeded"])
    assert first.failure == charging.WON


def test_the_database_refuses_a_second_payment(branch, invoice):
    factories.ChargeFactory(invoice=invoice, succeeded=True, method=None)

    with pytest.raises(IntegrityError, match="charge_taken_once_per_invoice"):
        factories.ChargeFactory(invoice=invoice, attempt=2, method=None)


def test_pay_now_is_one_attempt_however_often_it_is_pressed(branch, invoice, branch_owner):
    pays_by(branch, "decline")
    issued(invoice)
    send_due_charges()

    first = pay_now(invoice, attempt=2, by=branch_owner)
    send_due_charges()
    second = pay_now(invoice, attempt=2, by=branch_owner)

    assert first == second
    assert outcome(invoice) == ("unpaid", ["failed", "failed"])
    assert Charge.objects.filter(next_retry_at__isnull=False).get().attempt == 2


def test_pay_now_is_refused_while_it_is_being_paid_and_after(branch, invoice, branch_owner):
    pays_by(branch, "approve")
    issued(invoice)
    with pytest.raises(Refused, match="being paid already"):
        pay_now(invoice, attempt=2, by=branch_owner)
    send_due_charges()

    with pytest.raises(Refused, match="is paid already"):
        pay_now(invoice, attempt=2, by=branch_owner)


def test_pay_now_needs_the_right_as_of_now(branch, invoice, branch_admin):
    with pytest.raises(Refused, match="Manage Billing"):
        pay_now(invoice, attempt=1, by=branch_admin)


def test_a_refund_gives_it_back_once(branch, invoice, operator):
    pays_by(branch, "approve")
    issued(invoice)
    send_due_charges()
    charge = Charge.objects.get()

    refund_charge(charge, by=operator)

    charge.refresh_from_db()
    assert (charge.status, BuiltinPayment.objects.get().status) == ("refunded", "refunded")
    with pytest.raises(Refused, match="Nothing was paid"):
        refund_charge(charge, by=operator)


# A client's own subscription


@pytest.fixture
def own(db):
    """A subscription of twenty pounds a month, to be paid from today on."""
    row = factories.AccountSubscriptionFactory(begun=True, account__owner=factories.UserFactory())
    factories.PlanPriceFactory(plan=row.plan)
    return row


@pytest.mark.parametrize(("card", "status"), [("approve", "active"), ("decline", "past_due")])
def test_a_month_is_charged_once(own, card, status):
    factories.PaymentMethodFactory(own=True, account=own.account, token=f"{card}-1")

    for _ in range(2):
        renew_subscriptions()
        send_due_charges()

    charge, row = Charge.objects.get(), AccountSubscription.objects.get()
    assert (charge.amount, charge.month, charge.firm) == (Decimal("20.00"), own.renews_on, None)
    assert row.status == status
    assert row.renews_on > own.renews_on
    assert Message.objects.count() == (status == "past_due")


def test_firms_learn_nothing_of_a_payment_that_failed(own, firm, branch, as_firm):
    factories.ConnectionFactory(branch=branch, client_pays=True, account=own.account)
    factories.PaymentMethodFactory(own=True, account=own.account, token="decline-1")
    renew_subscriptions()
    send_due_charges()

    own.account.refresh_from_db()
    assert own.account.subscription_status == "active"
    with as_firm(firm):
        assert not Charge.objects.exists()
        assert not Message.objects.exists()


# Beside each other


@pytest.mark.django_db(transaction=True)
def test_workers_beside_each_other_charge_once(monkeypatch):
    monkeypatch.setattr("practice.tasks.ring", lambda *_: None)
    rows = [factories.BranchInvoiceFactory() for _ in range(12)]
    for row in rows:
        pays_by(row.branch, "approve")
    with tenancy.as_system():
        issued(*rows)
    together = threading.Barrier(4, timeout=10)

    def work():
        together.wait()
        send_due_charges()
        database.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with tenancy.as_system():
        assert set(Charge.objects.values_list("status", "tries")) == {("succeeded", 1)}
        assert BuiltinPayment.objects.count() == 12
