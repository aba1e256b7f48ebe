"""Stripe, through its own SDK. Switched on by STRIPE_SECRET_KEY, off without it.

Cards are entered on Stripe Checkout; payments are made without the payer present, with our key as
idempotency key and as metadata. Stripe forgets a key after a day: whoever asks a second time looks
for the payment first. Webhooks name a payment; what became of it is then fetched.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import ROUND_DOWN, Decimal
from typing import Any

import stripe
from django.conf import settings

from billing.gateways.base import (
    Answer,
    Card,
    Event,
    Forged,
    NotFound,
    Order,
    Setup,
    Unreachable,
    back_to,
)
from billing.roles import ChargeStatus, GatewayName
from practice.money import exponent

TIMEOUT = 20  # seconds; a worker's lease on a charge is longer
OLDEST_EVENT = 300  # seconds
SIGNATURE = "Stripe-Signature"
PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
TWO_FOR_STRIPE = {"ISK", "UGX"}  # whole amounts, which Stripe takes in hundredths all the same
NONE_FOR_STRIPE = {"MGA"}
# What a debit pays in, whatever was asked; a card pays in what the session was opened for.
DEBITS = {"sepa_debit": "EUR", "bacs_debit": "GBP", "us_bank_account": "USD", "acss_debit": "CAD"}
STATUSES = {
    "succeeded": ChargeStatus.SUCCEEDED,
    "processing": ChargeStatus.PENDING,
    "requires_capture": ChargeStatus.PENDING,
}
MUST_CONFIRM = "The bank wants the card holder to confirm the payment. Enter the card anew."
NOT_TAKEN = "The payment was not taken."
UNUSABLE = "The payment provider no longer takes this payment method. Enter it anew."


class StripeGateway:
    name = GatewayName.STRIPE.value

    def __init__(self) -> None:
        base: Any = {"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else {}
        self.api = stripe.StripeClient(
            settings.STRIPE_SECRET_KEY,
            base_addresses=base,
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=TIMEOUT),
        ).v1

    def start(self, setup: Setup) -> str:
        with answering():
            customer = self.api.customers.create(
                {
                    "name": setup.payer,
                    "email": setup.email,
                    "metadata": {"subject": setup.subject},
                }
            )
            session = self.api.checkout.sessions.create(
                {
                    "mode": "setup",
                    "customer": customer.id,
                    "currency": setup.currency.lower(),
                    "client_reference_id": setup.subject,
                    "success_url": settings.SITE_URL + back_to(setup.return_path, PLACEHOLDER),
                    "cancel_url": settings.SITE_URL + setup.cancel_path,
                }
            )
        return str(session.url)

    def entered(self, session: str) -> Card | None:
        with answering():
            found: Any = self.api.checkout.sessions.retrieve(
                session or "-", {"expand": ["setup_intent.payment_method"]}
            )
        method = found.setup_intent and found.setup_intent.payment_method
        if found.status != "complete" or not method:
            return None
        details: Any = method[method.type]
        kind = method.type.replace("_", " ").capitalize()
        return Card(
            subject=str(found.client_reference_id),
            token=method.id,
            customer=found.customer,
            brand=str(getattr(details, "brand", kind)).capitalize(),
            last4=details.last4,
            expires=expiry(details),
            currency=DEBITS.get(method.type, str(found.currency).upper()),
        )

    def charge(self, order: Order) -> Answer:
        with answering():
            if order.is_repeated and (found := self.made(order)):
                return answer(found)
            try:
                intent = self.api.payment_intents.create(
                    {
                        "amount": smallest(order.amount, order.currency),
                        "currency": order.currency.lower(),
                        "customer": order.customer,
                        "payment_method": order.token,
                        "description": order.description,
                        "metadata": {"key": order.key},
                        "confirm": True,
                        "off_session": True,
                    },
                    {"idempotency_key": order.key},
                )
            except stripe.CardError as refusal:
                return refused(refusal)
            except stripe.InvalidRequestError as refusal:
                return Answer("", ChargeStatus.FAILED, refused(refusal).failure or UNUSABLE)
        return answer(intent)

    def made(self, order: Order) -> Any:
        """The payment that was made by this key, if it was."""
        listed: Any = self.api.payment_intents.list({"customer": order.customer, "limit": 100})
        for intent in listed.auto_paging_iter():
            if getattr(intent.metadata, "key", "") == order.key:
                return intent
        return None

    def fetch(self, reference: str) -> Answer:
        with answering():
            return answer(
                self.api.payment_intents.retrieve(reference, {"expand": ["latest_charge"]})
            )

    def refund(self, reference: str, *, key: str) -> Answer:
        with answering():
            self.api.refunds.create({"payment_intent": reference}, {"idempotency_key": key})
        return self.fetch(reference)

    def event(self, body: bytes, headers: Mapping[str, str]) -> Event:
        try:
            found: Any = stripe.Webhook.construct_event(
                body,
                headers.get(SIGNATURE, ""),
                settings.STRIPE_WEBHOOK_SECRET,
                tolerance=OLDEST_EVENT,
            )
        except (ValueError, stripe.SignatureVerificationError) as forged:
            raise Forged(type(forged).__name__) from forged
        about = found.data.object
        is_payment = about.object == "payment_intent"
        reference = about.id if is_payment else getattr(about, "payment_intent", "") or ""
        return Event(found.id, found.type, str(reference))


@contextmanager
def answering() -> Iterator[None]:
    """Stripe's errors as a gateway's; a card that is refused is no error."""
    try:
        yield
    except stripe.InvalidRequestError as unknown:
        raise NotFound(str(unknown.code)) from unknown
    except stripe.StripeError as away:
        raise Unreachable(type(away).__name__) from away


def smallest(amount: Decimal, currency: str) -> int:
    """In the unit that Stripe counts in; currencies with three decimals in steps of ten, down."""
    if currency in TWO_FOR_STRIPE:
        return int(amount * 100)
    if currency in NONE_FOR_STRIPE:
        return int(amount)
    places = exponent(currency)
    if places == 3:
        return int(amount.quantize(Decimal("0.01"), ROUND_DOWN) * 1000)
    return int(amount.scaleb(places))


def expiry(details: Any) -> str:
    month, year = getattr(details, "exp_month", None), getattr(details, "exp_year", None)
    return f"{month:02}/{year}" if month and year else ""


def answer(intent: Any) -> Answer:
    """How a payment stands; a refused one waits for another card, which it will not be given."""
    status = STATUSES.get(intent.status, ChargeStatus.FAILED)
    latest = getattr(intent, "latest_charge", None)
    if status == ChargeStatus.SUCCEEDED and latest and not isinstance(latest, str):
        if getattr(latest, "disputed", False):
            status = ChargeStatus.DISPUTED
        elif getattr(latest, "refunded", False):
            status = ChargeStatus.REFUNDED
    if status != ChargeStatus.FAILED:
        return Answer(intent.id, status)
    if intent.status == "requires_action":
        return Answer(intent.id, status, MUST_CONFIRM)
    error = getattr(intent, "last_payment_error", None)
    return Answer(intent.id, status, str(getattr(error, "message", "") or NOT_TAKEN))


def refused(error: stripe.StripeError) -> Answer:
    """A declined card. The payment behind it, where there is one, is named."""
    found: Any = getattr(error.error, "payment_intent", None)
    reference = str(found["id"]) if found else ""
    return Answer(reference, ChargeStatus.FAILED, error.user_message or NOT_TAKEN)
