"""Addresses that hear of events: added, changed, given a new secret, switched, removed (F-227)."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256

from django.db import transaction

from practice import clock, gateways, tasks
from practice.actions.deliveries import events_of, give_up, turn_off
from practice.actions.limits import lock_rights, refuse_without, standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import Firm, User, Webhook, WebhookDelivery
from practice.models.webhooks import secret_of
from practice.permissions import MANAGE_SECURITY
from practice.roles import WebhookKind
from practice.text import tidy

MOST = 20  # of one firm
OVERLAP = timedelta(hours=24)
SHOWN_AGAIN = timedelta(minutes=10)

TOO_MANY = f"Your firm has {MOST} addresses. Remove one before adding another."
SHOWN_BEFORE = "This secret was made already, and it is not shown again. Start anew."
IS_REMOVED = "This address was removed."
IS_OFF = "This address is switched off. Switch it on first."


def judge_manager(firm_id: int, by: User) -> None:
    lock_rights(firm_id)
    refuse_without(standing_now(by, firm_id), MANAGE_SECURITY, None)


def refuse_address(url: str) -> None:
    try:
        gateways.refuse_private(url)
    except gateways.Unsendable as why:
        raise Refused(str(why)) from why


@transaction.atomic
def add_webhook(
    firm: Firm, *, by: User, name: str, url: str, kinds: Iterable[str], once: str
) -> tuple[Webhook, str]:
    """The address and its secret, which is kept nowhere; a form sent twice adds one.

    Raises `Refused` for an address that is not open to the internet.
    """
    judge_manager(firm.pk, by)
    nonce = nonce_from(firm.pk, by, once)
    known = Webhook.objects.filter(nonce=nonce).first()
    if known is not None:
        return shown_again(known), secret_of(nonce)
    refuse_address(url)
    if Webhook.objects.for_firm(firm).kept().count() >= MOST:
        raise Refused(TOO_MANY)
    with because("Added the webhook.", by=by):
        webhook = Webhook.objects.create(
            firm=firm,
            name=tidy(name),
            url=url,
            kinds=in_order(kinds),
            nonce=nonce,
            created_by=by,
        )
    return webhook, secret_of(nonce)


def nonce_from(firm_id: int, by: User, once: str) -> str:
    return sha256(f"{firm_id}:{by.pk}:{once}".encode()).hexdigest()


def shown_again(webhook: Webhook) -> Webhook:
    """A second click, not a page that was left open: raises `Refused` later, or once removed."""
    if webhook.removed_at or clock.now() - webhook.created_at > SHOWN_AGAIN:
        raise Refused(SHOWN_BEFORE)
    return webhook


def in_order(kinds: Iterable[str]) -> list[str]:
    asked = set(kinds)
    return [value for value, _ in WebhookKind.to_choose() if value in asked]


def locked(webhook: Webhook, by: User) -> Webhook:
    """The row as it stands now, for somebody who may change it. Raises `Refused`."""
    judge_manager(webhook.firm_id, by)
    webhook = Webhook.objects.select_for_update(no_key=True).get(pk=webhook.pk)
    if webhook.removed_at:
        raise Refused(IS_REMOVED)
    return webhook


@transaction.atomic
def change_webhook(
    webhook: Webhook, *, by: User, name: str, url: str, kinds: Iterable[str]
) -> Webhook:
    webhook = locked(webhook, by)
    if url != webhook.url:
        refuse_address(url)
    webhook.name, webhook.url, webhook.kinds = tidy(name), url, in_order(kinds)
    with because("Changed the webhook.", by=by):
        webhook.save(update_fields=["name", "url", "kinds"])
    return webhook


@transaction.atomic
def rotate_secret(webhook: Webhook, *, by: User, once: str) -> tuple[Webhook, str]:
    """A new secret; for a day the one before signs as well, so that the receiver can change."""
    webhook, nonce = locked(webhook, by), nonce_from(webhook.firm_id, by, once)
    if webhook.nonce == nonce:
        return webhook, secret_of(nonce)
    if Webhook.objects.filter(nonce=nonce).exists() or webhook.old_nonce == nonce:
        raise Refused(SHOWN_BEFORE)
    webhook.old_nonce, webhook.old_until = webhook.nonce, clock.now() + OVERLAP
    webhook.nonce = nonce
    with because("Made a new secret.", by=by):
        webhook.save(update_fields=["nonce", "old_nonce", "old_until"])
    return webhook, secret_of(nonce)


@transaction.atomic
def switch_webhook_off(webhook: Webhook, *, by: User) -> Webhook:
    webhook = locked(webhook, by)
    if webhook.is_on:
        with because("Switched the webhook off.", by=by):
            turn_off(webhook)
    return webhook


@transaction.atomic
def switch_webhook_on(webhook: Webhook, *, by: User) -> Webhook:
    """What happened meanwhile is not told."""
    webhook = locked(webhook, by)
    if not webhook.is_on:
        webhook.switched_off_at = None
        with because("Switched the webhook on.", by=by):
            webhook.save(update_fields=["switched_off_at"])
    return webhook


@transaction.atomic
def remove_webhook(webhook: Webhook, *, by: User, reason: str) -> Webhook:
    """Nothing is sent to it from now on; there is no way back."""
    webhook = locked(webhook, by)
    webhook.removed_at, webhook.old_nonce = clock.now(), ""
    with because(reason, by=by):
        webhook.save(update_fields=["removed_at", "old_nonce"])
        give_up(webhook)
    return webhook


@transaction.atomic
def send_test(webhook: Webhook, *, by: User) -> WebhookDelivery:
    webhook = locked(webhook, by)
    if not webhook.is_on:
        raise Refused(IS_OFF)
    [row] = events_of(WebhookKind.TEST, webhook, [{"webhook": webhook.pk}])
    row.save(force_insert=True)
    tasks.ring(tasks.deliver)
    return row
