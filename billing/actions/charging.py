"""Being paid: a row for each attempt, written with what it is for; then the provider is asked.

Asking stands outside of transactions. A worker takes some charges by a lease, asks, and settles
each in a transaction of its own. Killed in between, the charge is due again when the lease ends,
and is asked for by the same key: the provider pays once per key, we settle once per row, and the
database refuses a second payment for one invoice or month.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import F

from billing.actions.dunning import next_retry, tell_branches, tell_payer
from billing.gateways import gateway_of
from billing.gateways.base import Answer, NotFound, Order, Unreachable
from billing.models import AccountSubscription, BranchInvoice, Charge, PaymentMethod
from billing.models.charges import TAKEN
from billing.roles import ChargeStatus, InvoiceStatus
from billing.states import CHARGE_TRANSITIONS, INVOICE_TRANSITIONS
from billing.tasks import send_charges
from clients.roles import SubscriptionStatus
from practice import clock, tasks
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.tenancy import as_system

logger = logging.getLogger(__name__)

BATCH = 5
LEASE = timedelta(minutes=2)  # longer than a provider takes to answer a batch
MOST_AT_ONCE = 100
# Waits between tries while a provider is away; then the last of them again and again.
AWAY_FOR = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60))
NO_METHOD = "There is no payment method."
UNKNOWN_THERE = "The payment provider does not know this payment."
NOTHING_PAID = "Nothing was paid by this charge, so nothing can be given back."
NOT_REFUNDED = "The payment provider did not answer, so nothing is known: try again."
WON = "The dispute was won, and it was paid another time meanwhile: refund one of the two."


def charge_for(
    invoice: BranchInvoice, method: PaymentMethod | None, attempt: int = 1, by: User | None = None
) -> Charge:
    """An attempt for an invoice, not saved. Without a method it has failed already."""
    return started(
        Charge(
            firm_id=invoice.firm_id,
            branch_id=invoice.branch_id,
            invoice=invoice,
            amount=invoice.total,
            currency=invoice.currency,
            attempt=attempt,
            key=f"invoice-{invoice.pk}-{attempt}",
            asked_by=by,
        ),
        method,
    )


def charge_for_month(
    subscription: AccountSubscription, charge: Charge, method: PaymentMethod | None
) -> Charge:
    """The same for a month of a client's own subscription; amount, month and attempt are given."""
    charge.account_id, charge.subscription = subscription.account_id, subscription
    charge.currency = subscription.currency
    charge.key = f"subscription-{subscription.pk}-{charge.month:%Y%m%d}-{charge.attempt}"
    return started(charge, method)


def started(charge: Charge, method: PaymentMethod | None) -> Charge:
    charge.method = method
    if method:
        charge.gateway = method.gateway
        return charge
    charge.status, charge.failure, charge.settled_at = ChargeStatus.FAILED, NO_METHOD, clock.now()
    charge.next_retry_at = next_retry(charge)
    return charge


def charge_invoices(invoices: Iterable[BranchInvoice]) -> None:
    """The first attempt for each, as it is issued, in its transaction: never a second first one.

    In sets, for the monthly run. One over nothing is issued as paid, and needs none.
    """
    owed = [invoice for invoice in invoices if invoice.total]
    with as_system(), because("Issued the invoice."):
        methods = PaymentMethod.objects.in_use().filter(branch_id__in={i.branch_id for i in owed})
        by_branch = {method.branch_id: method for method in methods}
        charges = [charge_for(invoice, by_branch.get(invoice.branch_id)) for invoice in owed]
        Charge.objects.bulk_create(charges, ignore_conflicts=True, batch_size=1000)
        failed = [charge for charge in charges if charge.status == ChargeStatus.FAILED]
        if failed:
            leave_unpaid([charge.key for charge in failed])
    if len(failed) < len(charges):
        tasks.ring(send_charges)


def leave_unpaid(keys: Sequence[str]) -> None:
    """Those of branches without a payment method: nobody is asked, and the branch is told."""
    written = Charge.objects.filter(key__in=keys)
    unpaid = BranchInvoice.objects.filter(pk__in=written.order_by().values("invoice_id"))
    unpaid.filter(status=InvoiceStatus.ISSUED).update(status=InvoiceStatus.UNPAID)
    tell_branches(list(written.select_related("invoice", "branch__firm")))


def send_due_charges(most: int = MOST_AT_ONCE) -> int:
    """Ask the providers for what is due, and again for what is slow. How many were asked.

    Runs beside itself: no two workers take the same charge.
    """
    asked = 0
    while asked < most and (charges := take_charges()):
        for charge in charges:
            send(charge)
        asked += len(charges)
    return asked


def ring_for_due_charges() -> int:
    """The sweeper: how many are due. Not while earlier rings are still in the queue."""
    with as_system():
        due = Charge.objects.due()[:MOST_AT_ONCE].count()
    if due and not tasks.are_bells_waiting("jobs"):
        tasks.ring_now(send_charges)
    return int(due)


def take_charges() -> list[Charge]:
    """Some, ours until the lease runs out."""
    with as_system(), because("Asked the payment provider."):
        rows = Charge.objects.due()
        taken = list(rows.select_for_update(skip_locked=True).order_by("not_before", "pk")[:BATCH])
        Charge.objects.filter(pk__in=[charge.pk for charge in taken]).update(
            tries=F("tries") + 1, not_before=clock.now() + LEASE
        )
        found = Charge.objects.select_related("method", "invoice__branch", "account")
        return list(found.filter(pk__in=[charge.pk for charge in taken]).order_by("pk"))


def send(charge: Charge) -> None:
    """Ask the provider, outside of any transaction; one that fails does not stop the rest."""
    try:
        settle(charge, answer_to(charge))
    except (Unreachable, Refused) as away:
        logger.warning("charge %s: the provider is away: %s", charge.pk, away)
        put_off(charge)
    except Exception:
        logger.exception("charge %s was not made", charge.pk)
        put_off(charge)


def answer_to(charge: Charge) -> Answer:
    """Makes the payment, or asks how it stands."""
    gateway = gateway_of(charge.gateway)
    try:
        if charge.reference:
            return gateway.fetch(charge.reference)
        return gateway.charge(order_of(charge))
    except NotFound:
        return Answer(charge.reference, ChargeStatus.FAILED, UNKNOWN_THERE)


def order_of(charge: Charge) -> Order:
    method = charge.method
    assert method is not None
    return Order(
        key=charge.key,
        token=method.token,
        customer=method.customer,
        amount=charge.amount,
        currency=charge.currency,
        description=description(charge),
        is_repeated=charge.tries > 1,
    )


def description(charge: Charge) -> str:
    if charge.invoice:
        return f"Countinghouse invoice {charge.invoice.number}, {charge.invoice.branch.name}"
    return f"Countinghouse subscription of {charge.account}, from {charge.month}"


def put_off(charge: Charge) -> None:
    wait = AWAY_FOR[min(charge.tries, len(AWAY_FOR)) - 1]
    with as_system(), because("The payment provider did not answer."):
        waiting = [ChargeStatus.DUE, ChargeStatus.PENDING]
        mine = Charge.objects.filter(pk=charge.pk, tries=charge.tries, status__in=waiting)
        mine.update(not_before=clock.now() + wait)


def settle(charge: Charge, answer: Answer) -> Charge:
    """Write what the provider says, with what follows from it; said again, nothing follows.

    What it owes to is locked first. An older answer that comes late moves nothing back.
    """
    with as_system(), because("The payment provider answered.", by=charge.asked_by):
        invoice = locked_invoice(charge)
        subscription = locked_subscription(charge)
        row = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)
        if answer.reference and not row.reference:
            row.reference = answer.reference
            row.save(update_fields=["reference"])
        if not CHARGE_TRANSITIONS.allows(row.status, answer.status):
            look_again(row, answer)
            return row
        if is_won_too_late(row, answer):
            row.failure = WON
            row.save(update_fields=["failure"])
            return row
        write(row, answer)
        if invoice:
            follow_on_invoice(invoice, row)
        if subscription:
            follow_on_subscription(subscription, row)
    return row


def refund_charge(charge: Charge, *, by: User) -> Charge:
    """Give all of it back, once; an operator's act. Raises `Refused` where nothing was paid."""
    if not CHARGE_TRANSITIONS.allows(charge.status, ChargeStatus.REFUNDED) or not charge.reference:
        raise Refused(NOTHING_PAID)
    try:
        answer = gateway_of(charge.gateway).refund(charge.reference, key=f"{charge.key}-refund")
    except (Unreachable, NotFound) as away:
        raise Refused(NOT_REFUNDED) from away
    with as_system(), because("Refunded the payment.", by=by):
        return settle(charge, answer)


def locked_invoice(charge: Charge) -> BranchInvoice | None:
    if charge.invoice_id is None:
        return None
    return BranchInvoice.objects.select_for_update(of=("self",)).get(pk=charge.invoice_id)


def locked_subscription(charge: Charge) -> AccountSubscription | None:
    if charge.subscription_id is None:
        return None
    rows = AccountSubscription.objects.select_for_update(of=("self",))
    return rows.get(pk=charge.subscription_id)


def look_again(row: Charge, answer: Answer) -> None:
    """Still the same: a slow payment is asked for again, ever more rarely."""
    if row.status == answer.status == ChargeStatus.PENDING:
        wait = AWAY_FOR[min(row.tries, len(AWAY_FOR)) - 1] if row.tries else AWAY_FOR[0]
        Charge.objects.filter(pk=row.pk).update(not_before=clock.now() + wait)


def is_won_too_late(row: Charge, answer: Answer) -> bool:
    if (row.status, answer.status) != (ChargeStatus.DISPUTED, ChargeStatus.SUCCEEDED):
        return False
    same = Charge.objects.filter(
        invoice_id=row.invoice_id, subscription_id=row.subscription_id, month=row.month
    )
    return same.filter(status__in=TAKEN).exclude(pk=row.pk).exists()


def write(row: Charge, answer: Answer) -> None:
    row.status, row.failure = answer.status, answer.failure[:300]
    row.settled_at = None if answer.status == ChargeStatus.PENDING else clock.now()
    row.next_retry_at = next_retry(row) if answer.status == ChargeStatus.FAILED else None
    if answer.status == ChargeStatus.PENDING:
        row.not_before = clock.now() + AWAY_FOR[0]
    row.save(update_fields=["status", "failure", "settled_at", "next_retry_at", "not_before"])


def follow_on_invoice(invoice: BranchInvoice, charge: Charge) -> None:
    """Paid, or unpaid with a mail (F-127a). A refund leaves the invoice as it is."""
    wanted = {
        ChargeStatus.SUCCEEDED: InvoiceStatus.PAID,
        ChargeStatus.FAILED: InvoiceStatus.UNPAID,
        ChargeStatus.DISPUTED: InvoiceStatus.UNPAID,
    }.get(ChargeStatus(charge.status))
    if wanted and INVOICE_TRANSITIONS.allows(invoice.status, wanted):
        invoice.status = wanted
        invoice.paid_at = charge.settled_at if wanted == InvoiceStatus.PAID else None
        invoice.save(update_fields=["status", "paid_at"])
    if wanted == InvoiceStatus.UNPAID:
        tell_payer(charge)


def follow_on_subscription(subscription: AccountSubscription, charge: Charge) -> None:
    wanted = {
        ChargeStatus.SUCCEEDED: SubscriptionStatus.ACTIVE,
        ChargeStatus.FAILED: SubscriptionStatus.PAST_DUE,
        ChargeStatus.DISPUTED: SubscriptionStatus.PAST_DUE,
    }.get(ChargeStatus(charge.status))
    if wanted and subscription.status != SubscriptionStatus.CANCELLED:
        subscription.status = wanted
        subscription.save(update_fields=["status"])
    if wanted == SubscriptionStatus.PAST_DUE:
        tell_payer(charge)
