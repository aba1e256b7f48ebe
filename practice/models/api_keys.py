"""Keys by which a firm's other programs ask and tell, without anybody signed in (F-226)."""

from hashlib import sha256
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from practice import clock
from practice.history import History
from practice.models.users import User
from practice.roles import ApiScope
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

LONGEST_NAME = 120
HINT = 10  # first characters of a secret, by which people tell keys apart


def hash_of(secret: str) -> str:
    """A secret has 256 random bits: there is nothing to guess that a slow hash would protect."""
    return sha256(secret.encode()).hexdigest()


class ApiKeyQuerySet(FirmOwnedQuerySet["ApiKey"]):
    def live(self) -> Self:
        return self.filter(revoked_at=None)


class ApiKey(FirmOwned):
    """A key of the firm as a whole: whoever made it may leave, and it goes on until revoked.

    The secret is shown once and kept as a hash. Who revoked it, and why, stands in its history.
    """

    name = models.CharField(max_length=LONGEST_NAME)
    hint = models.CharField("begins with", max_length=HINT, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40, choices=ApiScope))
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    history = History(excluded_fields=["secret_hash", "last_used_at"])
    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["firm", "-created_at", "-id"], name="api_key_by_date")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_live(self) -> bool:
        return self.revoked_at is None

    @property
    def scope_labels(self) -> list[str]:
        return [str(ApiScope(scope).label) for scope in self.scopes]
