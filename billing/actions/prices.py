"""What a plan costs from a month on (F-128b)."""

from datetime import UTC
from decimal import Decimal

from django.db import transaction

from billing.models import Plan, PlanPrice
from billing.models.plans import FARTHEST_EAST
from billing.proration import next_month
from practice import clock


@transaction.atomic
def change_price(plan: Plan, currency: str, amount: Decimal) -> PlanPrice:
    """The next cycle uses the price; what has been invoiced stays. In the caller's `because()`."""
    month = next_month((clock.now().astimezone(UTC) + FARTHEST_EAST).date())
    price, _ = PlanPrice.objects.update_or_create(
        plan=plan, currency=currency, starts_on=month, defaults={"amount": amount}
    )
    return price
