"""What providers told us, and the books of the test gateway."""

from django.db import models

from billing.roles import ChargeStatus, GatewayName
from practice import clock
from practice.models.firms import SYSTEM_OR_OPERATOR


class GatewayEvent(models.Model):
    """A verified webhook, once per event: sent again, it is known (and does nothing)."""

    gateway = models.CharField("provider", max_length=20, choices=GatewayName)
    event_id = models.CharField(max_length=200)
    kind = models.CharField(max_length=80)
    reference = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(default=clock.now, editable=False)
    repeats = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=200, blank=True)

    row_policy = SYSTEM_OR_OPERATOR

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["gateway", "event_id"], name="gateway_event_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class BuiltinPayment(models.Model):
    """A payment as the test gateway has it: its own books, which the product asks like anybody's.

    `turns_at` is when a slow payment succeeds, or a disputed one is disputed.
    """

    key = models.CharField(max_length=80, unique=True)
    card = models.CharField(max_length=40)
    amount = models.DecimalField(max_digits=14, decimal_places=3)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=20, choices=ChargeStatus)
    turns_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    row_policy = SYSTEM_OR_OPERATOR

    class Meta:
        verbose_name = "payment at the test gateway"
        verbose_name_plural = "payments at the test gateway"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.key}, {self.get_status_display()}"
