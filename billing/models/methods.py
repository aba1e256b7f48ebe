"""How a branch, or a client that pays itself, pays: a token of the provider's, never a card."""

from typing import Self

from django.db import models
from django.db.models import Q

from billing.roles import GatewayName
from clients.models import ClientAccount
from practice import clock
from practice.history import History
from practice.models import Branch, Firm
from practice.models.firms import SYSTEM_OR_OPERATOR
from practice.tenancy import FirmOwnedQuerySet

# An account belongs to its owner and to no firm (C15): a firm that it is connected to reads
# nothing of how it pays.
OWN_ACCOUNT = (
    "account_id IN (SELECT a.id FROM clients_clientaccount a"
    " WHERE a.owner_id = (SELECT app.user_id()))"
)


class PaymentMethodQuerySet(FirmOwnedQuerySet["PaymentMethod"]):
    def in_use(self) -> Self:
        return self.filter(removed_at=None)

    def of_branch(self, branch_id: int) -> "PaymentMethod | None":
        return self.in_use().filter(branch_id=branch_id).first()

    def of_account(self, account_id: int) -> "PaymentMethod | None":
        return self.in_use().filter(account_id=account_id).first()


class PaymentMethod(models.Model):
    """One that is in use per branch and per account; those before it keep their row (F-127)."""

    firm = models.ForeignKey(
        Firm, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    branch = models.ForeignKey(
        Branch, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    account = models.ForeignKey(
        ClientAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    gateway = models.CharField("provider", max_length=20, choices=GatewayName)
    token = models.CharField(max_length=200, editable=False)
    customer = models.CharField(max_length=200, blank=True, editable=False)
    brand = models.CharField(max_length=40)
    last4 = models.CharField("last four digits", max_length=4)
    expires = models.CharField(max_length=7, blank=True)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True)

    row_policy = f"firm_id = (SELECT app.firm_id()) OR {OWN_ACCOUNT} OR {SYSTEM_OR_OPERATOR}"

    history = History(excluded_fields=["token", "customer"])
    objects = PaymentMethodQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="payment_method_of_branch_or_account",
                condition=Q(firm__isnull=False, branch__isnull=False, account__isnull=True)
                | Q(firm__isnull=True, branch__isnull=True, account__isnull=False),
            ),
            models.UniqueConstraint(fields=["gateway", "token"], name="payment_method_token_once"),
            models.UniqueConstraint(
                fields=["branch"],
                name="payment_method_in_use_once_per_branch",
                condition=Q(removed_at=None, branch__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["account"],
                name="payment_method_in_use_once_per_account",
                condition=Q(removed_at=None, account__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.brand} ending {self.last4}"
