"""Promotions: what operators offer by a code, and the clients that it was given to (F-137)."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Func, Q

from billing.roles import PromotionState
from clients.models import ClientAccount
from clients.models.connections import ConnectionOwned
from clients.models.external import CONNECTED
from clients.roles import BillingModel
from practice import clock, tenancy
from practice.history import History
from practice.models import User
from practice.tenancy import FirmOwnedQuerySet

CODE = r"^[A-Z0-9][A-Z0-9-]{2,39}$"
LIVE = (PromotionState.OFFERED, PromotionState.APPLIED)


class Promotion(models.Model):
    """A percentage off for some months, by a code. The operators' own, the same for every firm."""

    code = models.CharField(
        max_length=40,
        unique=True,
        validators=[RegexValidator(CODE, "Capital letters, digits and hyphens, three at least.")],
    )
    percent = models.DecimalField(
        "percent off",
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    months = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(36)]
    )
    ends_on = models.DateField(
        "last day", null=True, blank=True, help_text="On which the code can be used."
    )
    most_uses = models.PositiveIntegerField(
        null=True, blank=True, help_text="By how many clients; empty for any number."
    )
    is_offered = models.BooleanField(default=True)

    history = History()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="promotion_within_reason",
                condition=Q(percent__gt=0, percent__lte=100, months__gte=1, months__lte=36),
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def says(self) -> str:
        """20% off for 3 months."""
        return f"{self.percent.normalize():f}% off for {self.months} month" + "s" * (
            self.months != 1
        )


class PromotionOfferQuerySet(FirmOwnedQuerySet["PromotionOffer"]):
    def live(self) -> Self:
        """Those that count as a use of the code: not the declined ones."""
        return self.filter(state__in=LIVE)

    def running_on(self, day: date) -> Self:
        return self.filter(
            state=PromotionState.APPLIED, starts_on__lte=day, ends_on__gt=day
        ).order_by("pk")


class PromotionOffer(ConnectionOwned):
    """A promotion of one client: applied where the firm pays, offered where the client does (C16).

    Applied, it takes `percent` off what is charged for the days from `starts_on` to the day before
    `ends_on`. `percent` is the promotion's as it was when it was given.
    """

    promotion = models.ForeignKey(Promotion, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(ClientAccount, on_delete=models.PROTECT, related_name="+")
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    state = models.CharField(max_length=10, choices=PromotionState)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=clock.now, editable=False)
    answered_at = models.DateTimeField(null=True, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    history = History()
    objects = PromotionOfferQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                name="promotion_once_per_account",
                fields=["promotion", "account"],
                condition=Q(state__in=LIVE),
            ),
            models.CheckConstraint(
                name="applied_promotion_has_days",
                condition=~Q(state=PromotionState.APPLIED)
                | Q(starts_on__isnull=False, ends_on__gt=F("starts_on")),
            ),
            ExclusionConstraint(
                name="one_promotion_at_a_time",
                expressions=[
                    (F("account"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("starts_on"),
                            F("ends_on"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(state=PromotionState.APPLIED),
            ),
        ]
        indexes = [models.Index(fields=["connection", "-id"], name="promotion_offer_by_client")]

    def __str__(self) -> str:
        return f"{self.promotion}: {self.get_state_display()}"

    @property
    def is_over(self) -> bool:
        return self.ends_on is not None and self.ends_on <= clock.today()


def offers_to(account: ClientAccount) -> list[PromotionOffer]:
    """What its accountants offered for what it pays itself. The rows are the firms' own: the system
    reads. Whoever calls has found the account as its owner's."""
    with tenancy.as_system():
        rows = PromotionOffer.objects.live().filter(
            account=account,
            connection__status__in=CONNECTED,
            connection__billing_model=BillingModel.CLIENT_PAYS,
        )
        return list(rows.select_related("promotion", "firm"))


def percent_off(account_id: int, day: date) -> Decimal:
    """Of what the account pays itself for the month that begins on that day."""
    running = PromotionOffer.objects.running_on(day).filter(
        account_id=account_id, connection__billing_model=BillingModel.CLIENT_PAYS
    )
    percent: Decimal | None = running.values_list("percent", flat=True).first()
    return percent or Decimal(0)
