"""The bills of the demo world: plans, who is billed and how it pays, and four months of invoices
(F-238)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

from billing.actions.invoices import run_month
from billing.models import (
    AccountSubscription,
    BillingVerification,
    BranchInvoice,
    BuiltinPayment,
    Charge,
    PaymentMethod,
    Plan,
    PlanPrice,
    Promotion,
    PromotionOffer,
    Span,
)
from billing.models.charges import ChargeQuerySet
from billing.proration import first_day, month_before
from billing.reckoning import day_there
from billing.roles import (
    ChargeStatus,
    GatewayName,
    InvoiceStatus,
    PromotionState,
    VerificationStatus,
)
from clients.actions.companies import write_subscription
from clients.models import Connection
from clients.roles import BillingModel, ConnectionStatus, SubscriptionStatus
from practice import clock, tenancy
from practice.history import because
from practice.models import Branch, Firm, TeamMember

FIRM = "harbour"
PRICED_SINCE = date(2020, 1, 1)
CURRENCIES = ("GBP", "EUR", "USD", "JPY", "KWD")
PLANS = {
    "Solo": ("One user\nInvoices\nBank feeds", "20.00 24.00 26.00 3800 8.000"),
    "Pro": ("Five users\nEverything in Solo\nPayroll", "40.00 48.00 52.00 7600 16.000"),
    "Prime": ("Any number of users\nEverything in Pro\nConsolidation", "60 72 78 11400 24.500"),
}
MONTHS = 5  # of which the last four are invoiced
RUN_AFTER = timedelta(minutes=20)


def fill() -> None:
    """Where the world is there and its bills are not."""
    with tenancy.as_system(), because("Loaded the demo world."):
        firm = Firm.objects.filter(slug=FIRM).first()
        if firm is None or Span.objects.for_firm(firm).exists():
            return
        plans = load_plans()
        today = day_there(clock.now(), firm.time_zone)
        months = list(accumulate(range(MONTHS - 1), lambda m, _: month_before(m), initial=today))
        since = first_day(months[-1])
        bill_clients(firm, plans, since)
        pay_by_card(firm)
        subscribe_owners(firm, plans)
        offer_promotions(firm)
        for month in reversed(months[:-1]):
            invoice(firm, first_day(month))


def load_plans() -> dict[str, Plan]:
    plans = {}
    for level, (name, (features, prices)) in enumerate(PLANS.items(), start=1):
        facts = {"name": name, "level": level, "features": features}
        plans[name], _ = Plan.objects.get_or_create(code=name.lower(), defaults=facts)
        for currency, amount in zip(CURRENCIES, prices.split(), strict=True):
            price = {"plan": plans[name], "currency": currency}
            if not PlanPrice.objects.filter(**price).exists():
                amounts = {"amount": Decimal(amount), "starts_on": PRICED_SINCE}
                PlanPrice.objects.create(**price, **amounts)
    return plans


def bill_clients(firm: Firm, plans: dict[str, Plan], since: date) -> None:
    """Every Bill Us client that is connected; the paused one until its pause."""
    rows = Connection.objects.for_firm(firm).filter(
        billing_model=BillingModel.BILL_US,
        status__in=[ConnectionStatus.ACTIVE, ConnectionStatus.PAUSED],
    )
    Span.objects.bulk_create(
        [
            Span(
                firm=firm,
                connection=row,
                branch_id=row.branch_id,
                plan=plans[row.plan],
                starts_on=max(since, row.connected_on or since),
                ends_on=day_there(row.paused_at, firm.time_zone) if row.paused_at else None,
            )
            for row in rows
        ]
    )


def pay_by_card(firm: Firm) -> None:
    """Every branch has a card that is approved, and is verified for billing."""
    member = TeamMember.objects.super_admins().filter(firm=firm).order_by("pk")[0]
    for branch in Branch.objects.for_firm(firm).order_by("pk"):
        card(firm=firm, branch=branch, currency=branch.currency, token=f"approve-b{branch.pk}")
        BillingVerification.objects.create(
            firm=firm,
            branch=branch,
            status=VerificationStatus.APPROVED,
            reason="Bookkeeping clients whose subscription we pay.",
            requested_by=member.user,
            decided_at=clock.now(),
        )


def subscribe_owners(firm: Firm, plans: dict[str, Plan]) -> None:
    """Accounts that pay for themselves and have an owner who signs in (F-219)."""
    rows = Connection.objects.for_firm(firm).filter(
        billing_model=BillingModel.CLIENT_PAYS,
        status=ConnectionStatus.ACTIVE,
        account__owner__isnull=False,
        account__renews_on__isnull=False,
        plan__in=plans,
    )
    for row in rows.select_related("account", "branch"):
        account, currency = row.account, row.branch.currency
        card(account=account, currency=currency, token=f"approve-a{account.pk}")
        AccountSubscription.objects.create(
            account=account,
            plan=plans[row.plan],
            currency=currency,
            status=SubscriptionStatus.ACTIVE,
            started_on=row.connected_on or clock.today(),
            renews_on=account.renews_on,
        )
        write_subscription(account, has_method=True)


def offer_promotions(firm: Firm) -> None:
    """A code to try, one that is over, one that is used up, and an offer that Dina may answer."""
    spring, _ = Promotion.objects.get_or_create(
        code="SPRING20", defaults={"percent": 20, "months": 3}
    )
    over = {"percent": 10, "months": 1, "ends_on": clock.today() - timedelta(days=1)}
    Promotion.objects.get_or_create(code="LASTYEAR", defaults=over)
    used = {"percent": 50, "months": 1, "most_uses": 0}
    Promotion.objects.get_or_create(code="FIRST50", defaults=used)
    delta = Connection.objects.for_firm(firm).get(client_number="1011")
    PromotionOffer.objects.create(
        firm=firm,
        connection=delta,
        promotion=spring,
        account_id=delta.account_id,
        percent=spring.percent,
        state=PromotionState.OFFERED,
        given_by=TeamMember.objects.super_admins().filter(firm=firm).order_by("pk")[0].user,
    )


def card(**facts: Any) -> PaymentMethod:
    known = {"brand": "Visa", "last4": "4242", "expires": "12/2034"}
    return PaymentMethod.objects.create(gateway=GatewayName.TEST, **known, **facts)


def invoice(firm: Firm, month: date) -> None:
    """Issued on the first and paid at once."""
    midnight = datetime(month.year, month.month, 1, tzinfo=ZoneInfo(firm.time_zone))
    branch_ids = list(Branch.objects.for_firm(firm).values_list("pk", flat=True))
    made = run_month(branch_ids, month, at=midnight + RUN_AFTER)
    rows = BranchInvoice.objects.filter(pk__in=[one.pk for one in made])
    unpaid = rows.filter(status=InvoiceStatus.ISSUED)
    unpaid.update(status=InvoiceStatus.PAID, paid_at=midnight + RUN_AFTER)
    pay(Charge.objects.filter(invoice__in=rows), midnight + RUN_AFTER)


def pay(charges: ChargeQuerySet, at: datetime) -> None:
    """As the test gateway would have answered then."""
    for charge in charges:
        facts = {"card": "approve", "amount": charge.amount, "currency": charge.currency}
        paid = {**facts, "status": ChargeStatus.SUCCEEDED, "created_at": at}
        payment = BuiltinPayment.objects.create(key=charge.key, **paid)
        charge.status, charge.reference = ChargeStatus.SUCCEEDED, f"pay-{payment.pk}"
        charge.created_at = charge.settled_at = at
        charge.save(update_fields=["status", "reference", "created_at", "settled_at"])
