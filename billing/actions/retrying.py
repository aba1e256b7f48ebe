"""Attempts after the first: by the schedule, by a person (“Pay now”), and each month anew."""

import logging
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from billing.actions.charging import charge_for, charge_for_month
from billing.actions.dunning import tell_payer
from billing.models import AccountSubscription, BranchInvoice, Charge, PaymentMethod, PlanPrice
from billing.models.charges import TAKEN
from billing.models.promotions import percent_off
from billing.proration import discount, next_month
from billing.roles import ChargeStatus, InvoiceStatus
from billing.tasks import send_charges
from clients.actions.companies import write_subscription
from clients.models import ClientAccount
from clients.roles import SubscriptionStatus
from practice import tasks
from practice.actions.limits import refuse_without, standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.permissions import MANAGE_BILLING
from practice.tenancy import as_system

logger = logging.getLogger(__name__)

BATCH = 50
IS_PAID = "This invoice is paid already."
IS_BEING_PAID = "This invoice is being paid already. The answer of the provider stands here soon."
NO_METHOD = "{} has no payment method. Add one first."


@transaction.atomic
def pay_now(invoice: BranchInvoice, *, attempt: int, by: User) -> Charge:
    """One more attempt, at once, by hand. `attempt` is the one that the page offered: sent twice,
    it is one, however the first of the two ended."""
    rows = BranchInvoice.objects.select_for_update(of=("self",)).select_related("branch")
    invoice = rows.get(pk=invoice.pk)
    refuse_without(standing_now(by, invoice.firm_id), MANAGE_BILLING, invoice.branch_id)
    made = Charge.objects.filter(invoice=invoice, attempt=attempt).first()
    if made:
        return made
    if invoice.status == InvoiceStatus.PAID:
        raise Refused(IS_PAID)
    if taken(invoice=invoice) or invoice.status == InvoiceStatus.DRAFT:
        raise Refused(IS_BEING_PAID)
    method = PaymentMethod.objects.of_branch(invoice.branch_id)
    if method is None:
        raise Refused(NO_METHOD.format(invoice.branch.name))
    with because("Asked to pay the invoice now.", by=by):
        return try_invoice(invoice, method, by)


def try_invoice(invoice: BranchInvoice, method: PaymentMethod | None, by: User | None) -> Charge:
    """In the caller's transaction, which holds the invoice and knows that nothing else is taken."""
    before = Charge.objects.filter(invoice=invoice)
    before.filter(next_retry_at__isnull=False).update(next_retry_at=None)
    charge = charge_for(invoice, method, before.count() + 1, by)
    charge.save(force_insert=True)
    tasks.ring(send_charges)
    return charge


def retry_failed() -> int:
    """The next attempt for what failed and is due for it. How many there were."""
    return each(Charge.objects.to_retry(), again)


def again(charge: Charge) -> None:
    """Locked: the payer's row first, then its attempts; what was paid meanwhile is left alone."""
    if charge.invoice_id:
        invoice = BranchInvoice.objects.select_for_update(of=("self",)).get(pk=charge.invoice_id)
        if invoice.status == InvoiceStatus.UNPAID and not taken(invoice=invoice):
            method = PaymentMethod.objects.of_branch(invoice.branch_id)
            after(try_invoice(invoice, method, None))
            return
    elif charge.subscription_id:
        rows = AccountSubscription.objects.select_for_update(of=("self",))
        subscription = rows.get(pk=charge.subscription_id)
        if not taken(subscription=subscription, month=charge.month):
            after(try_month(subscription, charge))
            return
    Charge.objects.filter(pk=charge.pk).update(next_retry_at=None)


def taken(**what: Any) -> bool:
    return bool(Charge.objects.filter(**what, status__in=TAKEN).exists())


def after(charge: Charge) -> None:
    """Without a method it has failed before anybody was asked: who pays is told all the same."""
    if charge.status == ChargeStatus.FAILED:
        tell_payer(charge)


def try_month(subscription: AccountSubscription, failed: Charge) -> Charge:
    before = Charge.objects.filter(subscription=subscription, month=failed.month)
    before.filter(next_retry_at__isnull=False).update(next_retry_at=None)
    charge = Charge(month=failed.month, amount=failed.amount, attempt=before.count() + 1)
    method = PaymentMethod.objects.of_account(subscription.account_id)
    charge = charge_for_month(subscription, charge, method)
    charge.save(force_insert=True)
    tasks.ring(send_charges)
    return charge


def renew_subscriptions() -> int:
    """The next month of each client's own subscription whose month has come (F-219)."""
    return each(AccountSubscription.objects.renewing(), renew)


def renew(subscription: AccountSubscription) -> None:
    """One charge per month, for the price of that month; a free plan goes on without one."""
    month = subscription.renews_on
    assert month is not None
    account = ClientAccount.objects.select_for_update(no_key=True).get(pk=subscription.account_id)
    price, off = price_on(subscription, month), percent_off(account.pk, month)
    amount = price - discount(price, off, subscription.currency)
    subscription.renews_on = month_later(month, subscription)
    if subscription.status == SubscriptionStatus.TRIAL:
        subscription.status = SubscriptionStatus.ACTIVE
    subscription.save(update_fields=["renews_on", "status"])
    write_subscription(
        account, subscription_status=SubscriptionStatus.ACTIVE, renews_on=subscription.renews_on
    )
    if amount:
        method = PaymentMethod.objects.of_account(account.pk)
        charge = charge_for_month(
            subscription, Charge(month=month, amount=amount, attempt=1), method
        )
        charge.save(force_insert=True)
        after(charge)
        tasks.ring(send_charges)


def price_on(subscription: AccountSubscription, day: date) -> Decimal:
    """Of a month that begins on this day: the last price that is valid by then."""
    rows = PlanPrice.objects.filter(
        plan_id=subscription.plan_id, currency=subscription.currency, starts_on__lte=day
    )
    price = rows.order_by("-starts_on").first()
    return price.amount if price else Decimal(0)


def month_later(day: date, subscription: AccountSubscription) -> date:
    """The same day of the next month as that on which it began, or the month's last."""
    first = next_month(day)
    begun = subscription.started_on or day
    last = (next_month(first) - timedelta(days=1)).day
    return first.replace(day=min(max(begun.day, day.day), last))


def each(rows: Any, work: Callable[[Any], None]) -> int:
    """Each in a transaction of its own; one bad row does not stop the rest, nor comes again soon.

    What somebody else has locked waits for the next time.
    """
    with as_system():
        ids = list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
    done = 0
    for pk in ids:
        try:
            with as_system(), because("Tried the payment again, by schedule."):
                row = rows.filter(pk=pk).select_for_update(skip_locked=True, of=("self",)).first()
                if row is not None:
                    work(row)
                    done += 1
        except Exception:
            logger.exception("payment %s was not tried again", pk)
    return done
