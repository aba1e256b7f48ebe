"""Addresses of a firm's own programs that are told what happens, and each telling of it (F-227)."""

from base64 import b64encode
from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.crypto import salted_hmac

from practice import clock
from practice.history import History
from practice.models.users import User
from practice.roles import WebhookKind
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

LONGEST_URL = 500
LONGEST_ANSWER = 500  # characters kept of what the receiver said


def secret_of(nonce: str) -> str:
    """ "whsec_" and 32 bytes, of the installation's secret: none is kept in the database."""
    digest = salted_hmac("practice.webhooks", nonce, algorithm="sha256").digest()
    return f"whsec_{b64encode(digest).decode()}"


class WebhookQuerySet(FirmOwnedQuerySet["Webhook"]):
    def kept(self) -> Self:
        return self.filter(removed_at=None)

    def switched_on(self) -> Self:
        return self.kept().filter(switched_off_at=None)

    def listening_to(self, kind: str) -> Self:
        return self.switched_on().filter(kinds__contains=[kind])


class Webhook(FirmOwned):
    """An address that hears of some kinds of events. Removed ones stay for the record."""

    name = models.CharField(max_length=120)
    url = models.CharField("address", max_length=LONGEST_URL)
    kinds = ArrayField(models.CharField(max_length=40, choices=WebhookKind))
    nonce = models.CharField(max_length=64, unique=True, editable=False)
    # Until then, what is sent bears a signature by the secret before, too.
    old_nonce = models.CharField(max_length=64, blank=True, editable=False)
    old_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True)
    switched_off_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    history = History(excluded_fields=["nonce", "old_nonce", "failing_since"])
    objects = WebhookQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["firm", "-created_at", "-id"], name="webhook_by_date")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        return self.removed_at is None and self.switched_off_at is None

    @property
    def state(self) -> str:
        """ "on", "failing" or "off"."""
        if not self.is_on:
            return "off"
        return "failing" if self.failing_since else "on"

    @property
    def kind_labels(self) -> list[str]:
        return [str(WebhookKind(kind).label) for kind in self.kinds]

    def secrets(self, now: datetime) -> list[str]:
        """Those that sign now, the present one first."""
        found = [secret_of(self.nonce)]
        if self.old_nonce and self.old_until and self.old_until > now:
            found.append(secret_of(self.old_nonce))
        return found


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"


class WebhookDeliveryQuerySet(FirmOwnedQuerySet["WebhookDelivery"]):
    def due(self) -> Self:
        return self.filter(state=DeliveryState.WAITING, not_before__lte=clock.now())


class WebhookDelivery(FirmOwned):
    """One event for one address: written in the transaction of what happened, sent after it.

    `event_id` stays the same however often it is sent: its receiver knows a repeat by it.
    """

    webhook = models.ForeignKey(Webhook, on_delete=models.PROTECT, related_name="deliveries")
    event_id = models.CharField(max_length=40)
    kind = models.CharField(max_length=40, choices=WebhookKind)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.WAITING)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    not_before = models.DateTimeField(default=clock.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    answer_code = models.PositiveSmallIntegerField(null=True, blank=True)
    answer = models.CharField(max_length=LONGEST_ANSWER, blank=True)
    error = models.CharField(max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField(null=True, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "webhook delivery"
        verbose_name_plural = "webhook deliveries"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["event_id", "webhook"], name="webhook_told_once")
        ]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="delivery_by_webhook"),
            models.Index(
                fields=["not_before"],
                name="delivery_due",
                condition=models.Q(state=DeliveryState.WAITING),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
