"""Invitations to a client that has left: to come back, or to begin anew (F-080, F-081)."""

from typing import Self

from django.db import models
from django.db.models import Q

from clients.models import Connection
from clients.models.connections import ConnectionOwned
from clients.roles import BillingModel
from invitations.models.answering import Answerable
from invitations.models.team import end_of_validity, new_nonce
from invitations.roles import InvitationStatus, ReconnectKind
from practice import clock
from practice.history import History
from practice.models import User
from practice.tenancy import FirmOwnedQuerySet


class ReconnectInvitationQuerySet(FirmOwnedQuerySet["ReconnectInvitation"]):
    def pending(self) -> Self:
        """Waiting for an answer, and not yet too old for one."""
        return self.filter(status=InvitationStatus.PENDING, ends_at__gt=clock.now())

    def overdue(self) -> Self:
        return self.filter(status=InvitationStatus.PENDING, ends_at__lte=clock.now())

    def locked(self, invitation_id: int) -> "ReconnectInvitation":
        rows = self.select_for_update(of=("self",))
        return rows.select_related("invited_by").get(pk=invitation_id)


class ReconnectInvitation(Answerable, ConnectionOwned):
    """The client of an ended connection is asked back. The link is signed and works once.

    To reconnect keeps billing model and branch, so the row names no model; a new link does, and
    what it led to is `opened`. `invited_by` is empty where a transfer of ownership brought it.
    """

    kind = models.CharField(max_length=12, choices=ReconnectKind)
    billing_model = models.CharField(max_length=20, choices=BillingModel, blank=True)
    email = models.EmailField("sent to", max_length=254, blank=True)
    status = models.CharField(
        max_length=20, choices=InvitationStatus, default=InvitationStatus.PENDING
    )
    invited_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_name = models.CharField("accepted by", max_length=200, blank=True)
    opened = models.ForeignKey(
        Connection, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    ends_at = models.DateTimeField(default=end_of_validity, editable=False)
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)

    history = History(excluded_fields=["nonce"])
    objects = ReconnectInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-ends_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="reconnection_keeps_billing_model",
                condition=(
                    Q(kind=ReconnectKind.RECONNECT, billing_model="", opened=None)
                    | Q(kind=ReconnectKind.NEW_LINK) & ~Q(billing_model="")
                ),
            ),
            models.UniqueConstraint(
                name="reconnection_pending_once_per_client",
                fields=["connection"],
                condition=Q(status=InvitationStatus.PENDING),
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "-ends_at"], name="reconnection_by_connection"),
            models.Index(
                fields=["ends_at"],
                name="reconnection_due",
                condition=Q(status=InvitationStatus.PENDING),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.connection.name}"

    @property
    def is_reconnection(self) -> bool:
        return self.kind == ReconnectKind.RECONNECT
