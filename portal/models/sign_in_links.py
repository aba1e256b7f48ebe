"""Links by which a client's contact signs in to the portal: mailed, used once, kept as hashes.

They are a class of their own (C24): a fresh one ends the earlier ones of the same contact and
nothing else, and no other link of the product signs anybody in.
"""

import secrets
from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.crypto import constant_time_compare, salted_hmac

from clients.models import Contact
from practice import clock
from practice.history import History
from practice.models import User
from practice.models.api_keys import hash_of
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

MOST_TRIES = 5  # of the code of one link
HASH = 64


class LinkKind(models.TextChoices):
    MAGIC = "magic", "Magic link"
    RESET = "reset", "Reset link"


class LinkOutcome(models.TextChoices):
    OPEN = "open", "Open"
    USED = "used", "Used"
    REPLACED = "replaced", "Replaced"
    EXPIRED = "expired", "Expired"


class SignInLinkQuerySet(FirmOwnedQuerySet["SignInLink"]):
    def unspent(self) -> Self:
        """Neither used nor replaced; time may have ended them all the same."""
        return self.filter(used_at=None, replaced_at=None)


class SignInLink(FirmOwned):
    """One mail with a link and a six-digit code, for one contact at one address.

    `browser_hash` is of the browser that asked, "" where a colleague sent it: elsewhere the link
    takes the code as well.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=LinkKind)
    email = models.EmailField("sent to")
    token_hash = models.CharField(max_length=HASH, unique=True, editable=False)
    code_hash = models.CharField(max_length=HASH, editable=False)
    browser_hash = models.CharField(max_length=HASH, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    sent_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    ends_at = models.DateTimeField("expires")
    used_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)

    history = History(excluded_fields=["token_hash", "code_hash", "browser_hash", "tries"])
    objects = SignInLinkQuerySet.as_manager()

    class Meta:
        verbose_name = "sign-in link"
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact"],
                condition=Q(used_at=None, replaced_at=None),
                name="one_unspent_sign_in_link_per_contact",
            ),
            models.CheckConstraint(
                condition=Q(used_at=None) | Q(replaced_at=None),
                name="sign_in_link_used_or_replaced",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.email}"

    @property
    def outcome(self) -> LinkOutcome:
        """As the clock has it: nobody has to come by for a link to expire."""
        if self.used_at:
            return LinkOutcome.USED
        if self.replaced_at:
            return LinkOutcome.REPLACED
        return LinkOutcome.EXPIRED if self.ends_at <= clock.now() else LinkOutcome.OPEN

    @property
    def lasts(self) -> timedelta:
        return self.ends_at - self.created_at

    @property
    def has_tries(self) -> bool:
        return self.tries < MOST_TRIES

    def is_asked_by(self, browser: str) -> bool:
        """Whether the link may be used there without its code."""
        if not self.browser_hash:
            return True
        return bool(browser) and constant_time_compare(self.browser_hash, hash_of(browser))

    def has_code(self, code: str) -> bool:
        return constant_time_compare(self.code_hash, hash_of_code(self.token_hash, code))


def new_token() -> str:
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """Six digits, the first of them may be 0."""
    return f"{secrets.randbelow(10**6):06}"


def hash_of_code(token_hash: str, code: str) -> str:
    """Six digits are soon tried through: without the installation's secret there is no trying."""
    salt = "portal.models.sign_in_links.code"
    return salted_hmac(salt, f"{token_hash}:{code}", algorithm="sha256").hexdigest()
