"""Plans and their prices: the operators' own, the same for every firm (F-128b)."""

from datetime import UTC, date, timedelta
from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Round

from practice import clock
from practice.history import History
from practice.money import WITH_THREE, WITHOUT_DECIMALS, exponent, is_whole

FARTHEST_EAST = timedelta(hours=14)  # a month begins there before it begins anywhere else


def in_coins(amount: str, currency: str = "currency") -> Q:
    """The amount has no more decimals than its currency; for check constraints."""
    whole = Q(**{f"{currency}__in": sorted(WITHOUT_DECIMALS), amount: Round(F(amount), 0)})
    small = Q(**{f"{currency}__in": sorted(WITH_THREE)})
    usual = ~Q(**{f"{currency}__in": sorted(WITHOUT_DECIMALS | WITH_THREE)})
    return whole | small | usual & Q(**{amount: Round(F(amount), 2)})


class PlanQuerySet(models.QuerySet["Plan"]):
    def offered(self) -> Self:
        """Those that a client can be given today; the others go on for who has them."""
        return self.filter(is_offered=True)

    def priced_in(self, currency: str) -> Self:
        """Those with a price in the currency by now."""
        prices = PlanPrice.objects.filter(currency=currency, starts_on__lte=clock.today())
        return self.filter(pk__in=prices.values("plan_id"))


class Plan(models.Model):
    """What a client can be subscribed to: Solo, Pro, Prime."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=40, unique=True)
    level = models.PositiveSmallIntegerField(help_text="The higher, the more it can do.")
    features = models.TextField(blank=True, help_text="One on each line.")
    is_offered = models.BooleanField(default=True)

    history = History()
    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["level", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def feature_names(self) -> list[str]:
        return [line.strip() for line in self.features.splitlines() if line.strip()]


class PlanPriceQuerySet(models.QuerySet["PlanPrice"]):
    def valid_in(self, month: date) -> Self:
        """One per plan and currency: the last that begins by the first day of the month."""
        rows = self.filter(starts_on__lte=month).order_by("plan_id", "currency", "-starts_on")
        return rows.distinct("plan_id", "currency")


class PlanPrice(models.Model):
    """What a month of a plan costs in a currency, from a month on. Final once that has begun."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="prices")
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=14, decimal_places=3)
    starts_on = models.DateField("valid from", help_text="The first day of a month.")

    history = History()
    objects = PlanPriceQuerySet.as_manager()

    class Meta:
        ordering = ["plan__level", "currency", "-starts_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "currency", "starts_on"], name="plan_price_once_per_month"
            ),
            models.CheckConstraint(
                condition=Q(starts_on__day=1), name="plan_price_starts_with_a_month"
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="plan_price_not_negative"),
            models.CheckConstraint(condition=in_coins("amount"), name="plan_price_in_coins"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} in {self.currency}"

    @property
    def has_begun(self) -> bool:
        """Somewhere on earth at least: from then on it may stand on an invoice."""
        east = clock.now().astimezone(UTC) + FARTHEST_EAST
        return self.starts_on <= east.date()

    def clean(self) -> None:
        if self.starts_on and self.starts_on.day != 1:
            raise ValidationError({"starts_on": "A price is valid from the first day of a month."})
        if self.amount is not None and not is_whole(self.amount, self.currency):
            places = exponent(self.currency)
            says = (
                f"{self.currency} has {places} decimals."
                if places
                else (f"{self.currency} has no decimals.")
            )
            raise ValidationError({"amount": says})


def prices_in(currency: str) -> list[tuple[Plan, Decimal]]:
    """What is offered in the currency, with the price of a month that begins today."""
    offered = Plan.objects.offered()
    rows = PlanPrice.objects.valid_in(clock.today()).filter(currency=currency, plan__in=offered)
    found = [(row.plan, row.amount) for row in rows.select_related("plan")]
    return sorted(found, key=lambda pair: (pair[0].level, pair[0].name))


def currencies_of_plans() -> list[str]:
    """Those in which something is offered."""
    rows = PlanPrice.objects.filter(plan__in=Plan.objects.offered(), starts_on__lte=clock.today())
    return list(rows.order_by("currency").values_list("currency", flat=True).distinct())
