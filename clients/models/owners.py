"""Handing a firm-created account over to the person whose company it is (F-121)."""

import secrets
from datetime import datetime, timedelta
from typing import Self

from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import Q

from clients.models.accounts import ClientAccount
from clients.models.connections import Connection, ConnectionOwned
from practice import clock
from practice.emails import site_link
from practice.history import History
from practice.models import User
from practice.tenancy import FirmOwnedQuerySet

VALID_FOR = timedelta(days=7)


def new_nonce() -> str:
    return secrets.token_urlsafe(16)


def end_of_validity() -> datetime:
    return clock.now() + VALID_FOR


def owner_of(connection: Connection) -> User | None:
    """Of the client's account; None where nobody is, or the account is not to be seen."""
    accounts = ClientAccount.objects.select_related("owner").filter(pk=connection.account_id)
    account = accounts.first()
    return account.owner if account else None


class OwnerInvitationQuerySet(FirmOwnedQuerySet["OwnerInvitation"]):
    def unanswered(self) -> Self:
        """Neither accepted nor cancelled; it may be too old for an answer."""
        return self.filter(accepted_at=None, cancelled_at=None)

    def pending(self) -> Self:
        return self.unanswered().filter(ends_at__gt=clock.now())


class OwnerInvitation(ConnectionOwned):
    """Somebody is asked to become the owner of a client's account, by a mailed link.

    The link is signed for the row and its nonce, proves the address, and works once.
    """

    email = models.EmailField("owner email", max_length=254)
    email_key = models.CharField(max_length=254, editable=False)
    full_name = models.CharField("owner name", max_length=200)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    ends_at = models.DateTimeField(default=end_of_validity, editable=False)
    accepted_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    nonce = models.CharField(max_length=32, default=new_nonce, editable=False)

    history = History(excluded_fields=["nonce"])
    objects = OwnerInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                name="owner_invitation_unanswered_once_per_client",
                fields=["connection"],
                condition=Q(accepted_at=None, cancelled_at=None),
            ),
            models.CheckConstraint(
                name="owner_invitation_ends_one_way",
                condition=Q(accepted_at=None) | Q(cancelled_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["connection", "-created_at"], name="owner_invitation_by_client")
        ]

    def __str__(self) -> str:
        return f"{self.full_name} · {self.connection.name}"

    @property
    def is_pending(self) -> bool:
        is_open = self.accepted_at is None and self.cancelled_at is None
        return is_open and self.ends_at > clock.now()

    @property
    def token(self) -> str:
        return signer().sign(f"{self.pk}-{self.nonce}")

    @property
    def url(self) -> str:
        return site_link("clients:own", takeover=self.token)


def signer() -> Signer:
    return Signer(salt="clients.owner.mailed", sep=".")


def read_token(token: str) -> tuple[int, str] | None:
    """The row's id and the nonce; None for what we did not sign."""
    try:
        invitation_id, _, nonce = signer().unsign(token).partition("-")
    except BadSignature:
        return None
    return int(invitation_id), nonce
