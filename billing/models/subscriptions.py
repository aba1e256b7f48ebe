"""What a client that pays for itself has subscribed to (F-219): its own, and no firm's (C15)."""

from typing import Self

from django.db import models
from django.db.models import Q

from billing.models.methods import OWN_ACCOUNT
from billing.models.plans import Plan
from clients.models import ClientAccount
from clients.roles import SubscriptionStatus
from practice import clock
from practice.history import History
from practice.models.firms import SYSTEM_OR_OPERATOR


class AccountSubscriptionQuerySet(models.QuerySet["AccountSubscription"]):
    def of(self, account_id: int) -> "AccountSubscription | None":
        return self.filter(account_id=account_id).select_related("plan").first()

    def renewing(self) -> Self:
        """Those whose next month is due to be paid."""
        running = [SubscriptionStatus.TRIAL, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE]
        return self.filter(status__in=running, renews_on__lte=clock.today())


class AccountSubscription(models.Model):
    """A plan in a currency; it begins once there is a payment method too, and then `renews_on` is
    the first day that is not paid yet."""

    account = models.OneToOneField(ClientAccount, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    status = models.CharField(
        max_length=20, choices=SubscriptionStatus, default=SubscriptionStatus.NONE
    )
    started_on = models.DateField(null=True, blank=True)
    renews_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    row_policy = f"{OWN_ACCOUNT} OR {SYSTEM_OR_OPERATOR}"

    history = History()
    objects = AccountSubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="account_subscription_begun_renews",
                condition=Q(status=SubscriptionStatus.NONE, renews_on__isnull=True)
                | ~Q(status=SubscriptionStatus.NONE)
                & Q(renews_on__isnull=False, started_on__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan} of {self.account}"

    @property
    def has_begun(self) -> bool:
        return self.status != SubscriptionStatus.NONE
