"""How far a person has come who connects a company by a branch's link (F-109)."""

from typing import Self

from django.db import models
from django.db.models import Q

from clients.models import ClientAccount
from invitations.models.client import ClientInvitation
from practice import clock
from practice.models import Branch, User
from practice.tenancy import FirmOwned, FirmOwnedQuerySet


class ClientSetupQuerySet(FirmOwnedQuerySet["ClientSetup"]):
    def unfinished(self, user: User) -> Self:
        rows = self.filter(user=user, invitation=None).order_by("-started_at", "-pk")
        return rows.select_related("branch__firm", "account")


class ClientSetup(FirmOwned):
    """Kept so that leaving and returning, from another device too, goes on at the same step.

    It ends with the `invitation`. The next company of the same person begins another one.
    """

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="+")
    link_number = models.PositiveIntegerField(editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(
        ClientAccount, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    invitation = models.OneToOneField(
        ClientInvitation, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField(default=clock.now, editable=False)

    objects = ClientSetupQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="client_setup_unfinished_once",
                fields=["user", "branch"],
                condition=Q(invitation=None),
            ),
            models.CheckConstraint(
                name="client_setup_ends_with_an_account",
                condition=Q(invitation=None) | Q(account__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.branch.name}"
