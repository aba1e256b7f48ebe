"""Referral links of a firm, and who signed up by them (F-119)."""

from typing import Self

from django.db import models
from django.db.models import Count, Q

from clients.models import ClientAccount
from practice import clock
from practice.history import History
from practice.models import User
from practice.tenancy import FirmOwned, FirmOwnedQuerySet


class ReferralLinkQuerySet(FirmOwnedQuerySet["ReferralLink"]):
    def with_counts(self) -> Self:
        """Each with `sign_ups`, and with `proved`: those who confirmed their address."""
        is_proved = Q(signed_up__user__emailaddress__verified=True)
        return self.annotate(
            sign_ups=Count("signed_up", distinct=True),
            proved=Count("signed_up", filter=is_proved, distinct=True),
        )


class ReferralLink(FirmOwned):
    """A link with a name of the firm's own, for a page or a campaign. It connects nobody."""

    name = models.CharField(max_length=120)
    name_key = models.CharField(max_length=240, editable=False)
    is_on = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    history = History(excluded_fields=["name_key"])
    objects = ReferralLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["firm", "name_key"], name="referral_link_name_once_per_firm"
            )
        ]
        indexes = [models.Index(fields=["firm", "-created_at", "-id"], name="referral_by_date")]

    def __str__(self) -> str:
        return self.name


class ReferralSignUp(FirmOwned):
    """A person who registered by a referral link, with the company that they set up. Never both
    twice: who has a login already is not counted."""

    link = models.ForeignKey(ReferralLink, on_delete=models.PROTECT, related_name="signed_up")
    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = FirmOwnedQuerySet["ReferralSignUp"].as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.link} · {self.created_at:%d.%m.%Y}"
