"""The built-in provider: nothing is paid, and everything can happen (approve, decline, …).

Its pages are ours only in that we serve them: what they know travels in signed words, and what was
paid stands in books of its own, so that the product learns of both as it would from any provider.
"""

import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from billing.gateways.base import (
    Answer,
    Card,
    Event,
    Forged,
    NotFound,
    Order,
    Setup,
    back_to,
)
from billing.models import BuiltinPayment
from billing.roles import ChargeStatus, GatewayName
from practice import clock
from practice.tenancy import as_system

SALT = "test-gateway"
HOUR = 60 * 60
TURNS_AFTER = timedelta(minutes=1)
SIGNATURE = "X-Test-Gateway-Signature"
OLDEST_EVENT = timedelta(minutes=5)
DECLINED = "The card was declined."


@dataclass(frozen=True)
class BuiltinCard:
    """A card that always does the same; there is no other to choose."""

    kind: str
    label: str
    brand: str
    last4: str
    at_once: ChargeStatus
    then: ChargeStatus | None = None


S = ChargeStatus
CARDS = {
    card.kind: card
    for card in (
        BuiltinCard("approve", "Every payment is approved", "Visa", "4242", S.SUCCEEDED),
        BuiltinCard("decline", "Every payment is declined", "Visa", "0002", S.FAILED),
        BuiltinCard(
            "delay", "Approved after a minute", "Mastercard", "3220", S.PENDING, S.SUCCEEDED
        ),
        BuiltinCard(
            "dispute", "Approved, and disputed after a minute", "Visa", "0259", S.SUCCEEDED,
            S.DISPUTED,
        ),
    )
}  # fmt: skip
EXPIRES = "12/2034"


class BuiltinGateway:
    name = GatewayName.TEST.value

    def start(self, setup: Setup) -> str:
        session = signed({**asdict(setup), "number": secrets.token_hex(8)})
        return reverse("billing:test-card", kwargs={"session": session})

    def entered(self, session: str) -> Card | None:
        facts = opened(session)
        card = CARDS.get(facts.get("kind", ""))
        if card is None:
            return None
        return Card(
            subject=facts["subject"],
            token=f"{card.kind}-{facts['number']}",
            customer="",
            brand=card.brand,
            last4=card.last4,
            expires=EXPIRES,
            currency=facts["currency"],
        )

    def charge(self, order: Order) -> Answer:
        card = CARDS[order.token.partition("-")[0]]
        facts = {
            "card": card.kind,
            "amount": order.amount,
            "currency": order.currency,
            "status": card.at_once,
            "turns_at": clock.now() + TURNS_AFTER if card.then else None,
        }
        with as_system():
            row, _ = BuiltinPayment.objects.get_or_create(key=order.key, defaults=facts)
        return answer(row)

    def fetch(self, reference: str) -> Answer:
        return answer(payment(reference))

    def refund(self, reference: str, *, key: str) -> Answer:  # noqa: ARG002
        """Asked twice, it is given back once."""
        row = payment(reference)
        row.status, row.turns_at = ChargeStatus.REFUNDED, None
        with as_system():
            row.save(update_fields=["status", "turns_at"])
        return answer(row)

    def event(self, body: bytes, headers: Mapping[str, str]) -> Event:
        if not hmac.compare_digest(signature(body), headers.get(SIGNATURE, "")):
            raise Forged("wrong signature")
        try:
            facts = json.loads(body)
            event = Event(facts["id"], facts["kind"], facts["reference"])
        except (ValueError, KeyError, TypeError) as nonsense:
            raise Forged("not an event") from nonsense
        if clock.now().timestamp() - facts["at"] > OLDEST_EVENT.total_seconds():
            raise Forged("too old")
        return event


def payment(reference: str) -> BuiltinPayment:
    with as_system():
        number = reference.removeprefix("pay-")
        row = BuiltinPayment.objects.filter(pk=number).first() if number.isdigit() else None
    if row is None:
        raise NotFound(reference)
    return row


def answer(row: BuiltinPayment) -> Answer:
    """As it stands by the clock: a slow payment succeeds, and another is disputed, by itself."""
    then = CARDS[row.card].then
    has_turned = then is not None and row.turns_at is not None and row.turns_at <= clock.now()
    status = then if has_turned and then else ChargeStatus(row.status)
    return Answer(f"pay-{row.pk}", status, DECLINED if status == ChargeStatus.FAILED else "")


def news() -> Iterator[tuple[BuiltinPayment, bytes, dict[str, str]]]:
    """The webhooks that are to be sent: body and headers of each payment that turned."""
    with as_system():
        rows = list(BuiltinPayment.objects.filter(turns_at__lte=clock.now()).order_by("pk")[:200])
    for row in rows:
        yield row, *webhook(row)


def webhook(row: BuiltinPayment) -> tuple[bytes, dict[str, str]]:
    turned = answer(row)
    facts = {
        "id": f"{turned.reference}-{turned.status.value}",
        "kind": f"payment.{turned.status.value}",
        "reference": turned.reference,
        "at": int(clock.now().timestamp()),
    }
    body = json.dumps(facts).encode()
    return body, {SIGNATURE: signature(body)}


def sent(row: BuiltinPayment) -> None:
    """The webhook arrived: what the clock says now stands in the books."""
    turned = answer(row)
    with as_system():
        BuiltinPayment.objects.filter(pk=row.pk, turns_at=row.turns_at).update(
            status=turned.status, turns_at=None
        )


def signature(body: bytes) -> str:
    secret = f"{SALT}:{settings.SECRET_KEY}".encode()
    return hmac.new(secret, body, sha256).hexdigest()


def signed(facts: dict[str, Any]) -> str:
    return signing.dumps(facts, salt=SALT, compress=True)


def opened(session: str) -> dict[str, Any]:
    """Raises `NotFound` for what the gateway did not sign within the hour."""
    try:
        facts: dict[str, Any] = signing.loads(session, salt=SALT, max_age=HOUR)
    except signing.BadSignature as unknown:
        raise NotFound(session) from unknown
    return facts


def choose(facts: dict[str, Any], *, kind: str, currency: str) -> str:
    """The provider's side of the page: where the person is sent back to."""
    session = signed({**facts, "kind": kind, "currency": currency})
    return back_to(facts["return_path"], session)
