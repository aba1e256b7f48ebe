"""Attempts to be paid: each is one row, made before the provider is asked, with its key."""

from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from billing.models.invoices import BranchInvoice
from billing.models.methods import OWN_ACCOUNT, PaymentMethod
from billing.models.subscriptions import AccountSubscription
from billing.roles import ChargeStatus, GatewayName
from clients.models import ClientAccount
from practice import clock
from practice.history import History
from practice.models import Branch, Firm, User
from practice.models.firms import SYSTEM_OR_OPERATOR
from practice.tenancy import FirmOwnedQuerySet

FARTHEST = timedelta(hours=2)
# One of these at most per invoice, and per month of a subscription: nothing is paid twice.
TAKEN = (ChargeStatus.DUE, ChargeStatus.PENDING, ChargeStatus.SUCCEEDED)


class ChargeQuerySet(FirmOwnedQuerySet["Charge"]):
    def due(self) -> Self:
        """To be sent, or sent by a worker whose lease ran out: it was killed; and those without an
        outcome yet, for which the provider is asked again."""
        now = clock.now()
        open_ones = self.filter(status__in=[ChargeStatus.DUE, ChargeStatus.PENDING])
        # Nothing waits longer than that, unless a tester moved the clock back.
        return open_ones.filter(Q(not_before__lte=now) | Q(not_before__gt=now + FARTHEST))

    def to_retry(self) -> Self:
        return self.filter(status=ChargeStatus.FAILED, next_retry_at__lte=clock.now())


class Charge(models.Model):
    """An attempt to be paid for an invoice of a branch, or for a month of a client's own
    subscription. `key` is the provider's too: asked twice by it, it pays once.

    `not_before` is when to ask the provider next; while a worker asks, when its lease ends.
    `next_retry_at` is when a failed one is followed by the next attempt.
    """

    firm = models.ForeignKey(
        Firm, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    invoice = models.ForeignKey(
        BranchInvoice, on_delete=models.PROTECT, null=True, blank=True, related_name="charges"
    )
    account = models.ForeignKey(
        ClientAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    subscription = models.ForeignKey(
        AccountSubscription, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    month = models.DateField("first day paid for", null=True, blank=True)
    method = models.ForeignKey(
        PaymentMethod, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    attempt = models.PositiveSmallIntegerField()
    amount = models.DecimalField(max_digits=14, decimal_places=3)
    currency = models.CharField(max_length=3)
    key = models.CharField(max_length=80, unique=True)
    gateway = models.CharField("provider", max_length=20, choices=GatewayName, blank=True)
    reference = models.CharField(max_length=200, blank=True, db_index=True)
    status = models.CharField(max_length=20, choices=ChargeStatus, default=ChargeStatus.DUE)
    failure = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    not_before = models.DateTimeField(default=clock.now, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    next_retry_at = models.DateTimeField(null=True, blank=True)

    row_policy = f"firm_id = (SELECT app.firm_id()) OR {OWN_ACCOUNT} OR {SYSTEM_OR_OPERATOR}"

    history = History(excluded_fields=["tries", "not_before"])
    objects = ChargeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="charge_for_invoice_or_subscription",
                condition=Q(
                    firm__isnull=False,
                    branch__isnull=False,
                    invoice__isnull=False,
                    account__isnull=True,
                    subscription__isnull=True,
                    month__isnull=True,
                )
                | Q(
                    firm__isnull=True,
                    branch__isnull=True,
                    invoice__isnull=True,
                    account__isnull=False,
                    subscription__isnull=False,
                    month__isnull=False,
                ),
            ),
            models.CheckConstraint(name="charge_of_money", condition=Q(amount__gt=0)),
            models.UniqueConstraint(
                fields=["invoice", "attempt"],
                name="charge_attempt_once_per_invoice",
                condition=Q(invoice__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["subscription", "month", "attempt"],
                name="charge_attempt_once_per_month",
                condition=Q(subscription__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["invoice"],
                name="charge_taken_once_per_invoice",
                condition=Q(invoice__isnull=False, status__in=[s.value for s in TAKEN]),
            ),
            models.UniqueConstraint(
                fields=["subscription", "month"],
                name="charge_taken_once_per_month",
                condition=Q(subscription__isnull=False, status__in=[s.value for s in TAKEN]),
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="charge_due",
                condition=Q(status__in=[ChargeStatus.DUE, ChargeStatus.PENDING]),
            ),
            models.Index(
                fields=["next_retry_at"],
                name="charge_to_retry",
                condition=Q(next_retry_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key}, {self.get_status_display()}"

    @property
    def waits_until(self) -> datetime | None:
        """When the next attempt is made by itself."""
        return self.next_retry_at if self.status == ChargeStatus.FAILED else None
