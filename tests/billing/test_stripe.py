"""The Stripe gateway: its own SDK against a Stripe on this machine (`fake_stripe`)."""

import hmac
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256

import pytest

from billing.actions.charging import refund_charge, send_due_charges
from billing.gateways import default_gateway, gateways
from billing.gateways.base import NotFound, Order, Setup, Unreachable
from billing.gateways.stripe import StripeGateway, smallest
from billing.models import BranchInvoice, Charge, GatewayEvent, PaymentMethod
from billing.roles import ChargeStatus
from billing.signals import branch_invoice_issued
from tests import factories
from tests.billing.fake_stripe import (
    CONFIRMED,
    DECLINED_LATER,
    GOOD,
    KEY,
    FakeStripe,
    fake_stripe,
)

SECRET = "whsec_test"
INTENTS = "/v1/payment_intents"


@pytest.fixture(scope="module")
def server() -> Iterator[FakeStripe]:
    with fake_stripe() as stripe:
        yield stripe


@pytest.fixture
def stripe(server, settings, db) -> Iterator[FakeStripe]:
    settings.TEST_GATEWAY = False
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = KEY, SECRET
    settings.STRIPE_API_BASE = server.url
    server.created.clear()
    yield server
    server.is_down = False


def entered(stripe, client, branch, card: str = GOOD):
    """What a person does: to Checkout, a card, and back."""
    page = client.post(f"/harbour/billing/methods/{branch.pk}/add/")["Location"]
    back = stripe.enter(page.rpartition("/")[2], card)
    return client.get(back.removeprefix("http://localhost:8000"), follow=True)


@pytest.fixture
def invoice(branch):
    return factories.BranchInvoiceFactory(branch=branch, total=Decimal("40.00"))


def pay(invoice) -> tuple[str, str]:
    branch_invoice_issued.send(BranchInvoice, invoices=[invoice], by=None)
    send_due_charges()
    return statuses(invoice)


def statuses(invoice) -> tuple[str, str]:
    invoice.refresh_from_db()
    return invoice.status, Charge.objects.get().status


def test_it_is_off_unless_configured(settings):
    settings.STRIPE_SECRET_KEY = ""

    assert list(gateways()) == ["test"]


def test_configured_it_is_where_cards_are_entered(stripe):
    assert default_gateway().name == "stripe"


def test_a_card_is_entered_on_checkout(stripe, client, branch_owner, branch):
    client.force_login(branch_owner)

    response = entered(stripe, client, branch)

    method = PaymentMethod.objects.get()
    assert "London pays by Visa ending 4242 from now on." in response.content.decode()
    assert (method.gateway, method.currency, method.expires) == ("stripe", "GBP", "12/2034")
    assert method.token.startswith("pm_")
    assert method.customer.startswith("cus_")


def test_a_session_that_was_not_finished_enters_nothing(stripe, client, branch_owner, branch):
    client.force_login(branch_owner)
    page = client.post(f"/harbour/billing/methods/{branch.pk}/add/")["Location"]
    session = page.rpartition("/")[2]

    for name in (session, "cs_test_unknown", ""):
        client.get(f"/harbour/billing/methods/{branch.pk}/return/", {"session": name})

    assert not PaymentMethod.objects.exists()


def test_a_session_in_another_currency_is_refused(stripe, client, branch_owner, branch):
    client.force_login(branch_owner)
    page = client.post(f"/harbour/billing/methods/{branch.pk}/add/")["Location"]
    session = page.rpartition("/")[2]
    back = stripe.enter(session)
    stripe.sessions[session]["currency"] = "eur"

    response = client.get(back.removeprefix("http://localhost:8000"), follow=True)

    assert "this payment method pays in EUR" in response.content.decode()


def test_an_invoice_is_charged_once(stripe, client, branch_owner, branch, invoice):
    client.force_login(branch_owner)
    entered(stripe, client, branch)

    assert pay(invoice) == ("paid", "succeeded")

    intent = stripe.ask("GET", f"{INTENTS}/{Charge.objects.get().reference}", [])[1]
    assert (intent["amount"], intent["currency"]) == (4000, "gbp")
    assert stripe.created[INTENTS] == 1


@pytest.mark.parametrize(
    ("card", "says"), [(DECLINED_LATER, "declined"), (CONFIRMED, "confirm the payment")]
)
def test_a_refused_card_is_unpaid(stripe, client, branch_owner, branch, invoice, card, says):
    client.force_login(branch_owner)
    entered(stripe, client, branch, card)

    assert pay(invoice) == ("unpaid", "failed")
    assert says in Charge.objects.get().failure


def test_while_stripe_is_away_it_waits(stripe, client, branch_owner, branch, invoice, caplog):
    client.force_login(branch_owner)
    entered(stripe, client, branch)
    stripe.is_down = True

    assert pay(invoice) == ("issued", "due")

    stripe.is_down = False
    with factories.arranging():
        Charge.objects.update(not_before=invoice.issued_at)
    send_due_charges()
    assert statuses(invoice) == ("paid", "succeeded")


def order(method, **changes) -> Order:
    facts = {
        "key": "order-1",
        "token": method.token,
        "customer": method.customer,
        "amount": Decimal("12.34"),
        "currency": "GBP",
        "description": "An order",
    }
    return Order(**{**facts, **changes})


def test_a_forgotten_key_is_found_by_what_was_paid(stripe, client, branch_owner, branch):
    """Stripe forgets idempotency keys after a day; the payment bears ours."""
    client.force_login(branch_owner)
    entered(stripe, client, branch)
    method = PaymentMethod.objects.get()
    first = StripeGateway().charge(order(method, key="forgotten"))
    stripe.by_key.clear()

    again = StripeGateway().charge(order(method, key="forgotten", is_repeated=True))

    assert again == first
    assert stripe.created[INTENTS] == 1


def test_a_refund_is_asked_for_once(stripe, client, branch_owner, branch, invoice, operator):
    client.force_login(branch_owner)
    entered(stripe, client, branch)
    pay(invoice)

    refund_charge(Charge.objects.get(), by=operator)

    assert Charge.objects.get().status == ChargeStatus.REFUNDED
    assert stripe.created["/v1/refunds"] == 1


def test_what_stripe_does_not_know_is_not_found(stripe):
    with pytest.raises(NotFound):
        StripeGateway().fetch("pi_unknown")


def test_when_it_is_away_no_page_is_offered(stripe, client, branch_owner, branch):
    stripe.is_down = True
    client.force_login(branch_owner)

    response = client.post(f"/harbour/billing/methods/{branch.pk}/add/", follow=True)

    assert "The payment provider does not answer." in response.content.decode()
    with pytest.raises(Unreachable):
        StripeGateway().start(Setup("branch:1:1", "London", "a@b.test", "GBP", "/", "/"))


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("12.34", "GBP", 1234),
        ("1234", "JPY", 1234),
        ("12", "UGX", 1200),
        ("12", "ISK", 1200),
        ("12", "MGA", 12),
        ("1.235", "KWD", 1230),
        ("1.230", "KWD", 1230),
    ],
)
def test_amounts_are_in_stripes_units(amount, currency, units):
    assert smallest(Decimal(amount), currency) == units


# Webhooks


def webhook(reference: str, kind: str = "payment_intent.succeeded", at: int | None = None):
    """Body and signature as Stripe makes them."""
    at = int(time.time()) if at is None else at
    body = json.dumps(
        {
            "id": f"evt_{reference}_{kind}",
            "object": "event",
            "type": kind,
            "data": {"object": {"object": "payment_intent", "id": reference}},
        }
    )
    signed = hmac.new(SECRET.encode(), f"{at}.{body}".encode(), sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={at},v1={signed}"}


def send(client, body: str, headers: dict[str, str]) -> int:
    sent = client.post("/webhooks/stripe/", body, content_type="application/json", headers=headers)
    return sent.status_code


@pytest.fixture
def pending(stripe, client, branch_owner, branch, invoice) -> Charge:
    """Paid at Stripe, while we know only that it was begun."""
    client.force_login(branch_owner)
    entered(stripe, client, branch)
    answer = StripeGateway().charge(order(PaymentMethod.objects.get(), key="pending"))
    charge = factories.ChargeFactory(
        invoice=invoice,
        method=PaymentMethod.objects.get(),
        gateway="stripe",
        status=ChargeStatus.PENDING,
        reference=answer.reference,
    )
    stripe.by_key.clear()
    return charge


def test_a_webhook_makes_us_fetch_the_truth(client, pending, invoice):
    """It tells of a failure; Stripe itself says that it was paid, and Stripe is believed."""
    story = webhook(pending.reference, "payment_intent.payment_failed")

    assert send(client, *story) == 204

    assert statuses(invoice) == ("paid", "succeeded")


def test_sent_again_it_does_nothing(client, pending, invoice):
    story = webhook(pending.reference)

    assert [send(client, *story) for _ in range(3)] == [204, 204, 204]

    assert GatewayEvent.objects.get().repeats == 2
    assert Charge.objects.get().history.count() == 2


def test_altered_it_is_refused(client, pending, invoice, caplog):
    body, headers = webhook(pending.reference)

    assert send(client, body.replace("succeeded", "refunded "), headers) == 400
    assert send(client, body, {"Stripe-Signature": "t=1,v1=0"}) == 400
    assert send(client, body, {}) == 400

    assert statuses(invoice) == ("issued", "pending")
    assert "a webhook of stripe was refused" in caplog.text


def test_late_it_is_refused(client, pending, invoice, caplog):
    assert send(client, *webhook(pending.reference, at=int(time.time()) - 301)) == 400
    assert statuses(invoice) == ("issued", "pending")


def test_while_the_truth_is_out_of_reach_it_is_asked_for_again(
    client, pending, invoice, stripe, caplog
):
    stripe.is_down = True
    before = send(client, *webhook(pending.reference))
    stripe.is_down = False

    after = send(client, *webhook(pending.reference))

    assert (before, after) == (503, 204)
    assert statuses(invoice) == ("paid", "succeeded")


def test_about_somebody_elses_payment_it_is_heard(client, stripe):
    assert send(client, *webhook("pi_of_another_site")) == 204
    assert GatewayEvent.objects.get().outcome == "about no payment of ours"
