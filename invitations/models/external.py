"""Invitations from External Access, as the client sees them: by a branch's address (F-114)."""

from typing import Self

from django.db import models

from clients.models import ClientAccount
from invitations.models.client import ClientInvitation, end_of_waiting
from invitations.roles import InvitationStatus
from practice import clock
from practice.models import User


class ExternalInvitationQuerySet(models.QuerySet["ExternalInvitation"]):
    def of(self, account: ClientAccount) -> Self:
        """Latest first, with what became of them; for who has found the account as its owner's."""
        rows = self.filter(account=account).select_related("invitation")
        return rows.order_by("-created_at", "-pk")


class ExternalInvitation(models.Model):
    """An address that the owner of an account has written to.

    The row is the same whether or not a branch has the address, and so is all that the owner is
    told; only an answer tells them apart (F-114a). `invitation` is what a job made of it at the
    branch, `says` why it could not. What is decided about it has its history there.
    """

    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="+")
    email = models.EmailField("branch email", max_length=254)
    email_key = models.CharField(max_length=254, editable=False)
    message = models.TextField(blank=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    consented_name = models.CharField("accepted by the client", max_length=200)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    ends_at = models.DateTimeField(default=end_of_waiting, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    invitation = models.OneToOneField(
        ClientInvitation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    says = models.CharField("not sent because", max_length=400, blank=True)

    row_policy = (
        "account_id IN (SELECT a.id FROM clients_clientaccount a"
        " WHERE a.owner_id = (SELECT app.user_id()))"
        " OR (SELECT app.realm()) IN ('system', 'operator')"
    )

    objects = ExternalInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["account", "-created_at", "-id"], name="external_by_account"),
            models.Index(fields=["invited_by", "-created_at"], name="external_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.account} · {self.email}"

    @property
    def outcome(self) -> InvitationStatus:
        """As the clock has it; "cancelled" also where it could not be sent."""
        if self.withdrawn_at or self.says:
            return InvitationStatus.CANCELLED
        if self.invitation:
            return self.invitation.outcome
        is_over = self.ends_at <= clock.now()
        return InvitationStatus.EXPIRED if is_over else InvitationStatus.PENDING

    @property
    def is_pending(self) -> bool:
        return self.outcome == InvitationStatus.PENDING
