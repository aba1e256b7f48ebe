"""Webhooks: verified, and a hint only; replayed, reordered, altered and late ones (design 5)."""

import json
from datetime import timedelta

import pytest

from billing.actions.charging import send_due_charges
from billing.actions.events import deliver_builtin_news
from billing.gateways.builtin import SIGNATURE, signature, webhook
from billing.models import BranchInvoice, BuiltinPayment, Charge, GatewayEvent
from billing.signals import branch_invoice_issued
from practice import clock
from tests import factories

URL = "/webhooks/test/"


@pytest.fixture
def invoice(branch):
    return factories.BranchInvoiceFactory(branch=branch)


def charged(invoice, card: str) -> BuiltinPayment:
    """The provider's side of a charge, a minute later."""
    factories.PaymentMethodFactory(branch=invoice.branch, token=f"{card}-1")
    branch_invoice_issued.send(BranchInvoice, invoices=[invoice], by=None)
    send_due_charges()
    BuiltinPayment.objects.update(turns_at=clock.now() - timedelta(seconds=1))
    return BuiltinPayment.objects.get()


def send(client, body: bytes, headers: dict[str, str]):
    return client.post(URL, body, content_type="application/json", headers=headers)


def statuses(invoice) -> tuple[str, str]:
    invoice.refresh_from_db()
    return invoice.status, Charge.objects.get().status


def test_a_slow_payment_is_told_and_fetched(client, invoice):
    row = charged(invoice, "delay")

    response = send(client, *webhook(row))

    event = GatewayEvent.objects.get()
    assert response.status_code == 204
    assert statuses(invoice) == ("paid", "succeeded")
    assert (event.outcome, event.repeats) == ("looked at the payment: Succeeded", 0)


def test_the_same_again_does_nothing(client, invoice):
    row = charged(invoice, "dispute")
    body, headers = webhook(row)

    for _ in range(3):
        assert send(client, body, headers).status_code == 204

    assert statuses(invoice) == ("unpaid", "disputed")
    assert GatewayEvent.objects.get().repeats == 2
    assert Charge.objects.get().history.count() == 4


def test_an_old_story_in_the_wrong_order_meets_the_truth(client, invoice):
    """“It succeeded” arrives after the dispute: what is fetched counts, not what is told."""
    row = charged(invoice, "dispute")
    send(client, *webhook(row))
    story = told({"id": "older", "kind": "payment.succeeded", "reference": f"pay-{row.pk}"})

    response = send(client, *story)

    assert response.status_code == 204
    assert statuses(invoice) == ("unpaid", "disputed")


def test_what_it_claims_is_not_believed(client, invoice):
    row = charged(invoice, "decline")
    story = told({"id": "lie", "kind": "payment.succeeded", "reference": f"pay-{row.pk}"})

    send(client, *story)

    assert statuses(invoice) == ("unpaid", "failed")


def told(facts: dict[str, object], at: int | None = None) -> tuple[bytes, dict[str, str]]:
    facts = {**facts, "at": int(clock.now().timestamp()) if at is None else at}
    body = json.dumps(facts).encode()
    return body, {SIGNATURE: signature(body)}


@pytest.mark.parametrize("headers", [{}, {SIGNATURE: ""}, {SIGNATURE: "0" * 64}])
def test_without_the_signature_it_is_refused(client, invoice, headers, caplog):
    row = charged(invoice, "delay")

    response = send(client, webhook(row)[0], headers)

    assert response.status_code == 400
    assert statuses(invoice) == ("issued", "pending")
    assert "a webhook of test was refused: wrong signature" in caplog.text


def test_altered_it_is_refused(client, invoice, caplog):
    row = charged(invoice, "delay")
    body, headers = webhook(row)

    response = send(client, body.replace(b"succeeded", b"refunded"), headers)

    assert response.status_code == 400
    assert not GatewayEvent.objects.exists()


def test_late_it_is_refused(client, invoice, caplog):
    row = charged(invoice, "delay")
    facts = {"id": "late", "kind": "payment.succeeded", "reference": f"pay-{row.pk}"}

    response = send(client, *told(facts, at=int(clock.now().timestamp()) - 301))

    assert response.status_code == 400
    assert "too old" in caplog.text


def test_about_a_payment_that_is_not_ours_it_is_heard(client, db):
    response = send(client, *told({"id": "a", "kind": "payment.succeeded", "reference": "pay-99"}))

    assert response.status_code == 204
    assert GatewayEvent.objects.get().outcome == "about no payment of ours"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff\xfe"])
def test_nonsense_is_refused(client, db, body, caplog):
    assert send(client, body, {SIGNATURE: signature(body)}).status_code == 400


def test_an_unknown_provider_is_not_found(client, db, settings):
    assert client.post("/webhooks/nobody/").status_code == 404
    settings.TEST_GATEWAY = False
    assert client.post(URL).status_code == 404


def test_the_test_gateway_sends_its_own(invoice):
    charged(invoice, "delay")

    assert deliver_builtin_news() == 1
    assert deliver_builtin_news() == 0
    assert statuses(invoice) == ("paid", "succeeded")
