"""What clients of a branch cost from today on, by the arithmetic of the invoices (F-116, F-122)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.models import BranchInvoice, Plan
from billing.models.plans import prices_in
from billing.proration import Item, Stretch, first_charge, next_month
from billing.reckoning import day_there
from practice import clock
from practice.models import Branch


@dataclass(frozen=True)
class Cost:
    """A month of `clients` on a plan, and the rest of this one for each of them."""

    clients: int
    price: Decimal
    currency: str
    part: Item
    is_charged_today: bool
    renews_on: date

    @property
    def month(self) -> Decimal:
        return self.price * self.clients

    @property
    def rest(self) -> Decimal:
        return self.part.amount * self.clients


def cost_of(branch: Branch, plan: Plan, clients: int = 1) -> Cost:
    """The first client of a branch is charged at once (F-123), any other waits for the next
    invoice (F-124)."""
    price = dict(prices_in(branch.currency))[plan]
    today = day_there(clock.now(), branch.firm.time_zone)
    return Cost(
        clients=clients,
        price=price,
        currency=branch.currency,
        part=first_charge(Stretch(plan.pk, today), price, branch.currency),
        is_charged_today=not BranchInvoice.objects.filter(branch=branch).exists(),
        renews_on=next_month(today),
    )
