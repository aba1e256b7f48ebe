"""Billing verification: what a branch needs before its first Bill Us client (F-117, F-117a)."""

from typing import Self

from django.db import models
from django.db.models import Q

from billing.roles import VerificationStatus
from practice import clock
from practice.history import History
from practice.models import Branch, User
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

OPEN = (VerificationStatus.PENDING, VerificationStatus.APPROVED)


class BillingVerificationQuerySet(FirmOwnedQuerySet["BillingVerification"]):
    def approved(self) -> Self:
        return self.filter(status=VerificationStatus.APPROVED)

    def newest_of(self, branch_id: int) -> "BillingVerification | None":
        return self.filter(branch_id=branch_id).order_by("-requested_at", "-pk").first()

    def locked(self, verification_id: int) -> "BillingVerification":
        rows = self.select_for_update(of=("self",)).select_related("branch", "firm", "requested_by")
        return rows.get(pk=verification_id)


class BillingVerification(FirmOwned):
    """A request with its answer. After a refusal the branch may ask again, in a row of its own."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(
        max_length=20, choices=VerificationStatus, default=VerificationStatus.PENDING
    )
    reason = models.TextField("why the branch asks", max_length=2000)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=clock.now, editable=False)
    answer = models.TextField("answer to the branch", max_length=2000, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = History()
    objects = BillingVerificationQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["branch"],
                name="billing_verification_open_once_per_branch",
                condition=Q(status__in=[status.value for status in OPEN]),
            ),
            models.CheckConstraint(
                name="billing_verification_decided_with_date",
                condition=Q(status=VerificationStatus.PENDING, decided_at__isnull=True)
                | ~Q(status=VerificationStatus.PENDING) & Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.branch} · {self.get_status_display()}"
