"""Webhooks: a verified hint that a payment changed; the truth is fetched (design 5).

The same event again is known and does nothing; events out of order meet the same truth; what is
altered, unsigned or too old is refused, and logged.
"""

import logging
from collections.abc import Mapping

from django.conf import settings
from django.db.models import F

from billing.actions.charging import settle
from billing.gateways import gateway_of
from billing.gateways.base import Event, Forged, Gateway, NotFound
from billing.gateways.builtin import news, sent
from billing.models import Charge, GatewayEvent
from billing.roles import GatewayName
from practice.tenancy import as_system

logger = logging.getLogger(__name__)

NOT_OURS = "about no payment of ours"
LOOKED = "looked at the payment: {}"
KNOWN = "known"


def receive_event(name: str, body: bytes, headers: Mapping[str, str]) -> str:
    """What came of it, in words. Raises `Forged` for what is not the provider's, and `Unreachable`
    where the truth cannot be fetched: the provider then sends it again."""
    gateway = gateway_of(name)
    try:
        event = gateway.event(body, headers)
    except Forged as forged:
        logger.warning("a webhook of %s was refused: %s", name, forged)
        raise
    if is_known(name, event):
        logger.info("the webhook %s of %s came again", event.event_id, name)
        return KNOWN
    outcome = look_at(gateway, event)
    with as_system():
        facts = {"gateway": name, "event_id": event.event_id}
        row = GatewayEvent(**facts, kind=event.kind[:80], reference=event.reference)
        row.outcome = outcome
        GatewayEvent.objects.bulk_create([row], ignore_conflicts=True)
    return outcome


def is_known(name: str, event: Event) -> bool:
    with as_system():
        rows = GatewayEvent.objects.filter(gateway=name, event_id=event.event_id)
        return bool(rows.update(repeats=F("repeats") + 1))


def look_at(gateway: Gateway, event: Event) -> str:
    """Fetch the payment that it names, if it is one of ours, and settle it by that."""
    charge = charge_of(gateway.name, event.reference)
    if charge is None:
        return NOT_OURS
    try:
        answer = gateway.fetch(event.reference)
    except NotFound:
        logger.warning("%s does not know the payment %s", gateway.name, event.reference)
        return NOT_OURS
    return LOOKED.format(settle(charge, answer).get_status_display())


def charge_of(name: str, reference: str) -> Charge | None:
    if not reference:
        return None
    with as_system():
        rows = Charge.objects.select_related("asked_by")
        return rows.filter(gateway=name, reference=reference).first()


def deliver_builtin_news() -> int:
    """The test gateway's webhooks, by the same door as everybody's."""
    if not settings.TEST_GATEWAY:
        return 0
    delivered = 0
    for row, body, headers in news():
        receive_event(GatewayName.TEST, body, headers)
        sent(row)
        delivered += 1
    return delivered
