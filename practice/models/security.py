"""Second factors: who requires one, what a person may not remove, and what was done about them."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import models

from practice import clock
from practice.auth import SECOND_FACTORS
from practice.history import History
from practice.models.firms import Firm, TeamMember
from practice.tenancy import FirmOwned, FirmOwnedQuerySet

LAST_FACTOR = (
    "Your firm requires two-factor sign-in, so your last factor stays. Add another one first."
)

# What is on record stays as it was written, for whoever owns the tables too.
DATABASE_CODE = (
    """
    CREATE OR REPLACE FUNCTION app.keep_security_event() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'security events are neither changed nor deleted'
        USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    """
    CREATE OR REPLACE TRIGGER keep BEFORE UPDATE OR DELETE ON practice_securityevent
    FOR EACH ROW EXECUTE FUNCTION app.keep_security_event()
    """,
)


class SecurityEventKind(models.TextChoices):
    FACTOR_RESET = "factor_reset", "Second factor reset"
    UNUSUAL = "unusual", "Unusual activity"
    NEW_COUNTRY = "new_country", "Unusual activity: new country"


class SecurityEvent(FirmOwned):
    """What was done to a member's sign-in, or noticed about them. Who did it and why stands in
    its history row."""

    member = models.ForeignKey(TeamMember, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=SecurityEventKind)
    details = models.CharField(max_length=200, blank=True)
    happened_at = models.DateTimeField(default=clock.now, editable=False)

    history = History()
    objects = FirmOwnedQuerySet["SecurityEvent"].as_manager()

    class Meta:
        ordering = ["-happened_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.member}"


class Download(FirmOwned):
    """A file that somebody of the firm took away. Kept for 30 days (F-102)."""

    member = models.ForeignKey(
        TeamMember, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    name = models.CharField(max_length=200)
    at = models.DateTimeField(default=clock.now, editable=False)

    objects = FirmOwnedQuerySet["Download"].as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["member", "-at"], name="download_by_member"),
            models.Index(fields=["at"], name="download_by_time"),
        ]

    def __str__(self) -> str:
        return self.name


class SignInCountry(FirmOwned):
    """A country from which a member has signed in, and when last (F-102)."""

    member = models.ForeignKey(
        TeamMember, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    country = models.CharField(max_length=2)
    last_at = models.DateTimeField()

    objects = FirmOwnedQuerySet["SignInCountry"].as_manager()

    class Meta:
        verbose_name_plural = "sign-in countries"
        ordering = ["-last_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["member", "country"], name="sign_in_country_once")
        ]

    def __str__(self) -> str:
        return self.country


def factors_of(user_id: int) -> models.QuerySet[Any]:
    """Authenticator apps and passkeys; recovery codes alone are no factor."""
    factors: models.QuerySet[Any] = Authenticator.objects.filter(type__in=SECOND_FACTORS)
    return factors.filter(user_id=user_id)


def firms_requiring_factor(user_id: int) -> models.QuerySet[Firm]:
    """Firms of the person that require a second factor (F-022a)."""
    members = TeamMember.objects.filter(user_id=user_id, is_active=True)
    firms = Firm.objects.filter(requires_second_factor=True, pk__in=members.values("firm_id"))
    return firms.order_by("name", "pk")


def is_last_factor_needed(user_id: int) -> bool:
    """Whether the person has one factor left and works where one is required."""
    return factors_of(user_id).count() < 2 and firms_requiring_factor(user_id).exists()
