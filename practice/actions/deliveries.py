"""Telling a firm's own programs what happened, by the Standard Webhooks convention (F-227).

What is told is written in the transaction of what happened, and sent soon after it, once at least:
a receiver knows a repeat by `webhook-id`. A claim is a lease, as in the outbox. Only the posting
runs in threads: a receiver that dawdles holds up nobody else's.
"""

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from standardwebhooks import Webhook as Signer
from standardwebhooks import WebhookVerificationError

from practice import clock, gateways, tasks
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import DeliveryState, Firm, TeamMember, Webhook, WebhookDelivery
from practice.models.webhooks import LONGEST_ANSWER
from practice.roles import WebhookKind
from practice.tenancy import as_system

logger = logging.getLogger(__name__)

AGENT = "Countinghouse-Webhooks/1"
BATCH = 16
MOST_OF_ONE = 4  # of one address in a batch
THREADS = 8
LEASE = timedelta(minutes=2)  # longer than a batch takes at its slowest
# Waits between tries; after the last of them the delivery has failed.
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 300, 600, 600))
OFF_AFTER = timedelta(days=3)
KEPT = timedelta(days=30)

ANSWERED = "It answered {}."
REDIRECTED = "It answered {}: redirects are not followed."
IS_OFF = "The address was switched off before this was delivered."
IS_WAITING = "This is being sent already."
ON_FIRST = "Switch the address on first."

Facts = Mapping[str, Any]


def announce(kind: WebhookKind, told: Iterable[tuple[int, Facts]]) -> None:
    """Write what happened for every address that listens; `told` are (firm id, ids and states).

    Part of the caller's transaction. Without an address that listens it costs one question.
    """
    by_firm: dict[int, list[Facts]] = {}
    for firm_id, facts in told:
        by_firm.setdefault(firm_id, []).append(facts)
    with as_system():
        listening = Webhook.objects.listening_to(kind).filter(firm_id__in=by_firm)
        rows = [
            row
            for webhook in listening
            for row in events_of(kind, webhook, by_firm[webhook.firm_id])
        ]
        WebhookDelivery.objects.bulk_create(rows, batch_size=1000)
    if rows:
        tasks.ring(tasks.deliver)


def events_of(
    kind: WebhookKind, webhook: Webhook, events: Iterable[Facts]
) -> Iterable[WebhookDelivery]:
    """Every address hears of an event under an id of its own."""
    now = clock.now()
    for data in events:
        said = {"type": kind.value, "timestamp": now, "data": data}
        yield WebhookDelivery(
            firm_id=webhook.firm_id,
            webhook=webhook,
            event_id=f"evt_{uuid4().hex}",
            kind=kind,
            body=json.dumps(said, cls=DjangoJSONEncoder, separators=(",", ":")),
        )


@transaction.atomic
def send_again(delivery: WebhookDelivery) -> WebhookDelivery:
    """Under the same id; raises `Refused` while it waits, and where the address is off."""
    delivery = WebhookDelivery.objects.select_for_update().get(pk=delivery.pk)
    if not delivery.webhook.is_on:
        raise Refused(ON_FIRST)
    if delivery.state == DeliveryState.WAITING and delivery.not_before <= clock.now() + LEASE:
        raise Refused(IS_WAITING)
    delivery.state, delivery.attempts = DeliveryState.WAITING, 0
    delivery.not_before = clock.now()
    delivery.save(update_fields=["state", "attempts", "not_before"])
    tasks.ring(tasks.deliver)
    return delivery


def deliver_due() -> int:
    """Send all that is due, and say how many deliveries were tried."""
    tried = 0
    while claimed := claim():
        with ThreadPoolExecutor(THREADS) as pool:
            outcomes = list(pool.map(attempt, claimed))
        for delivery, outcome in zip(claimed, outcomes, strict=True):
            settle(delivery, outcome)
        tried += len(claimed)
    return tried


def claim() -> list[WebhookDelivery]:
    """Some that are due, ours until the lease runs out; a few of each address."""
    with as_system():
        place = Window(RowNumber(), partition_by="webhook", order_by=["not_before", "pk"])
        due = WebhookDelivery.objects.due().annotate(place=place).filter(place__lte=MOST_OF_ONE)
        ids = list(due.order_by("not_before", "pk").values_list("pk", flat=True)[:BATCH])
        free = (
            WebhookDelivery.objects.due()
            .filter(pk__in=ids)
            .select_for_update(skip_locked=True, of=("self",))
        )
        claimed = list(free.select_related("webhook").order_by("pk"))
        WebhookDelivery.objects.filter(pk__in=[row.pk for row in claimed]).update(
            attempts=F("attempts") + 1, not_before=clock.now() + LEASE
        )
    for row in claimed:
        row.attempts += 1
    return claimed


@dataclass(frozen=True)
class Outcome:
    """What became of one try."""

    is_delivered: bool
    error: str = ""
    is_final: bool = False
    code: int | None = None
    answer: str = ""
    milliseconds: int | None = None


def attempt(delivery: WebhookDelivery) -> Outcome:
    """Posts; asks nothing of the database."""
    if not delivery.webhook.is_on:
        return Outcome(is_delivered=False, error=IS_OFF, is_final=True)
    try:
        answer = gateways.post(delivery.webhook.url, delivery.body.encode(), headers_of(delivery))
    except gateways.Unsendable as why:
        return Outcome(is_delivered=False, error=str(why))
    facts = {
        "code": answer.code,
        "answer": answer.text[:LONGEST_ANSWER],
        "milliseconds": answer.milliseconds,
    }
    if answer.is_success:
        return Outcome(is_delivered=True, **facts)  # type: ignore[arg-type]
    says = REDIRECTED if 300 <= answer.code < 400 else ANSWERED
    return Outcome(is_delivered=False, error=says.format(answer.code), **facts)  # type: ignore[arg-type]


def headers_of(delivery: WebhookDelivery) -> dict[str, str]:
    """By the true time: receivers refuse what is old, and know nothing of a tester's clock."""
    now = timezone.now()
    signatures = [
        Signer(secret).sign(delivery.event_id, now, delivery.body)
        for secret in delivery.webhook.secrets(clock.now())
    ]
    return {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "webhook-id": delivery.event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


@transaction.atomic
def settle(delivery: WebhookDelivery, outcome: Outcome) -> None:
    """Write the outcome, unless the lease ran out and another worker has it now."""
    now = clock.now()
    state, wait = state_after(delivery, outcome)
    with as_system():
        webhook = Webhook.objects.select_for_update(no_key=True).get(pk=delivery.webhook_id)
        ours = WebhookDelivery.objects.filter(
            pk=delivery.pk, attempts=delivery.attempts, state=DeliveryState.WAITING
        )
        written = ours.update(
            state=state,
            not_before=now + wait,
            tried_at=now,
            answer_code=outcome.code,
            answer=outcome.answer,
            error=outcome.error,
            milliseconds=outcome.milliseconds,
        )
        if written and webhook.is_on:
            note_health(webhook, outcome)


def state_after(delivery: WebhookDelivery, outcome: Outcome) -> tuple[DeliveryState, timedelta]:
    """And how long it waits for the next try."""
    if outcome.is_delivered:
        return DeliveryState.DELIVERED, timedelta(0)
    logger.warning("webhook delivery %s failed", delivery.pk)
    if outcome.is_final or delivery.attempts > len(RETRIES):
        return DeliveryState.FAILED, timedelta(0)
    return DeliveryState.WAITING, RETRIES[delivery.attempts - 1]


def note_health(webhook: Webhook, outcome: Outcome) -> None:
    """Since when nothing came through; an address that fails for days is switched off."""
    now = clock.now()
    since = None if outcome.is_delivered else webhook.failing_since or now
    if since != webhook.failing_since:
        webhook.failing_since = since
        webhook.save(update_fields=["failing_since"])
    if since and since <= now - OFF_AFTER:
        switch_off_failing(webhook, outcome)


def switch_off_failing(webhook: Webhook, outcome: Outcome) -> None:
    """And tell those who can mend it."""
    with because(f"Nothing was delivered for {OFF_AFTER.days} days: switched off."):
        turn_off(webhook)
    people = TeamMember.objects.filter(firm_id=webhook.firm_id).super_admins()
    firm = Firm.objects.get(pk=webhook.firm_id)
    link = site_link("practice:webhook-detail", firm_slug=firm.slug, webhook_id=webhook.pk)
    for member in people.select_related("user").order_by("pk"):
        post_mail(
            "practice/webhook_off",
            key=f"webhook-off:{webhook.pk}:{webhook.switched_off_at:%Y%m%d%H%M%S}:{member.user_id}",
            recipient=member.user.email,
            firm=firm,
            person=member.user,
            webhook=webhook,
            days=OFF_AFTER.days,
            error=outcome.error,
            link=link,
        )


def turn_off(webhook: Webhook) -> None:
    """Inside `because`. What waits is not sent any more; each can be sent again by hand."""
    webhook.switched_off_at = clock.now()
    webhook.failing_since = None
    webhook.save(update_fields=["switched_off_at", "failing_since"])
    give_up(webhook)


def give_up(webhook: Webhook) -> None:
    waiting = WebhookDelivery.objects.filter(webhook=webhook, state=DeliveryState.WAITING)
    waiting.update(state=DeliveryState.FAILED, error=IS_OFF)


def forget_deliveries() -> int:
    """What was settled a month ago; how many there were."""
    old = WebhookDelivery.objects.exclude(state=DeliveryState.WAITING)
    return old.filter(created_at__lt=clock.now() - KEPT).order_by().delete()[0]


def is_signed(body: str, headers: Mapping[str, str], secrets: Sequence[str]) -> bool:
    """For the test receiver: whether one of the secrets signed it, lately."""
    for secret in secrets:
        try:
            Signer(secret).verify(body, dict(headers), json_parse=False)
        except (WebhookVerificationError, ValueError):
            continue
        return True
    return False
