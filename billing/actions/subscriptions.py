"""What a client account that pays for itself chooses: a plan, and how it pays (F-219, C15).

The account is locked first; its owner alone decides, as of now. The firms that it is connected to
are told the plan, through their client rows, and nothing else.
"""

from django.db import transaction
from django.urls import reverse

from billing.actions.methods import (
    card_entered,
    keep,
    method_of,
    refuse_other_currency,
    saying_it_is_away,
)
from billing.gateways import default_gateway
from billing.gateways.base import Setup
from billing.models import AccountSubscription, Charge, PaymentMethod, Plan
from billing.roles import ChargeStatus
from clients.actions.companies import write_subscription
from clients.models import ClientAccount, Connection
from clients.models.external import CONNECTED
from clients.roles import BillingModel, SubscriptionStatus
from practice import clock, tenancy
from practice.errors import Refused
from practice.history import because
from practice.models import User

NOT_OWNER = "Only the owner of the account chooses its plan and how it is paid."
FIRM_PAYS = "Your accountant pays for this account (Bill Us), so there is nothing to choose here."
TAKE_OVER = (
    "Your accountant no longer pays for this account."
    " Press “I will subscribe myself” under External Access first."
)
NOT_OFFERED = "This plan is not offered in {}. Choose another."
PAYS_IN = (
    "Your payment method pays in {}, and this plan would be billed in {}."
    " Choose a plan in {}, or replace the payment method."
)
NO_PLAN = "Choose a plan first: it decides in which currency you pay."


def page_for_account(account: ClientAccount, *, by: User, back: str = "") -> str:
    """Where the provider asks for the client's card; `back` is a query for the way back."""
    subscription = AccountSubscription.objects.of(account.pk)
    if subscription is None:
        raise Refused(NO_PLAN)
    words = {"account_id": account.pk}
    setup = Setup(
        subject=f"account:{account.pk}:{by.pk}",
        payer=account.name,
        email=by.email,
        currency=subscription.currency,
        return_path=reverse("billing:company-method-return", kwargs=words) + back,
        cancel_path=reverse("billing:company-plan", kwargs=words) + back,
    )
    with saying_it_is_away():
        return default_gateway().start(setup)


@transaction.atomic
def choose_plan(
    account: ClientAccount, plan: Plan, currency: str, *, by: User
) -> AccountSubscription:
    """Another plan counts at once; its price from the next renewal."""
    with tenancy.as_system():
        account = locked_account(account, by)
        method = PaymentMethod.objects.of_account(account.pk)
        if method and method.currency != currency:
            raise Refused(PAYS_IN.format(method.currency, currency, method.currency))
        if not Plan.objects.offered().priced_in(currency).filter(pk=plan.pk).exists():
            raise Refused(NOT_OFFERED.format(currency))
        subscription = AccountSubscription.objects.of(account.pk)
        with because(f"Chose the plan {plan}.", by=by):
            if subscription is None:
                subscription = AccountSubscription(account=account)
            subscription.plan, subscription.currency = plan, currency
            subscription.save()
            began = begin(subscription, account, method)
            if subscription.has_begun and not began:
                says = f"{by}, the owner of the account, changed the plan to {plan}"
                write_subscription(account, event=says, plan=plan.name)
    return subscription


@transaction.atomic
def keep_account_method(account: ClientAccount, session: str, *, by: User) -> PaymentMethod:
    """The card of a session becomes the account's; with a plan, the subscription begins."""
    card = card_entered(session, f"account:{account.pk}:{by.pk}")
    with tenancy.as_system():
        account = locked_account(account, by)
        subscription = AccountSubscription.objects.of(account.pk)
        if subscription is None:
            raise Refused(NO_PLAN)
        refuse_other_currency(card, account.name, subscription.currency)
        method = method_of(card, default_gateway().name)
        method.account = account
        before = PaymentMethod.objects.in_use().filter(account=account)
        method = keep(method, before, f"Added the payment method {method}.", by)
        with because("Keeps the subscription of the account in step.", by=by):
            if not account.has_method:
                write_subscription(account, has_method=True)
            begin(subscription, account, method)
            try_soon(subscription)
    return method


def try_soon(subscription: AccountSubscription) -> None:
    """What the card before could not pay is tried by the new one at once, not by the schedule."""
    newest = Charge.objects.filter(subscription=subscription).order_by("-month", "-attempt").first()
    if newest and newest.status == ChargeStatus.FAILED:
        newest.next_retry_at = clock.now()
        newest.save(update_fields=["next_retry_at"])


def begin(
    subscription: AccountSubscription, account: ClientAccount, method: PaymentMethod | None
) -> bool:
    """With a plan and a way to pay it runs: a trial first, where one is left. True when it began.

    An account in archive mode is written again from now on (C35).
    """
    if subscription.has_begun or method is None:
        return False
    today = clock.today()
    trial = account.trial_ends_on
    is_trial = account.subscription_status == SubscriptionStatus.TRIAL
    runs_on = trial if is_trial and trial and trial > today else None
    subscription.status = SubscriptionStatus.TRIAL if runs_on else SubscriptionStatus.ACTIVE
    subscription.started_on, subscription.renews_on = today, runs_on or today
    subscription.save(update_fields=["status", "started_on", "renews_on"])
    write_subscription(
        account,
        event=f"{account} subscribed to {subscription.plan}",
        plan=subscription.plan.name,
        subscription_status=subscription.status,
        renews_on=subscription.renews_on,
        archived_at=None,
    )
    return True


def renew_after_trial(account: ClientAccount) -> None:
    """The trial was extended: the first month that is paid begins when it ends (F-135).

    In the caller's transaction and cause, with the account locked.
    """
    with tenancy.as_system():  # the firm that extends does not read how the client pays
        rows = AccountSubscription.objects.select_for_update(of=("self",))
        subscription = rows.filter(account=account, status=SubscriptionStatus.TRIAL).first()
        if subscription is None:
            return
        subscription.renews_on = account.trial_ends_on
        subscription.save(update_fields=["renews_on"])
        write_subscription(account, renews_on=account.trial_ends_on)


def locked_account(account: ClientAccount, by: User) -> ClientAccount:
    """In the system's realm; raises `Refused` for others than its owner, or where a firm pays."""
    account = ClientAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    if account.owner_id != by.pk:
        raise Refused(NOT_OWNER)
    if says := why_not_own(account):
        raise Refused(says)
    return account


def why_not_own(account: ClientAccount) -> str:
    """ "" or why the account has no subscription of its own: a firm pays for it, or has just
    stopped to. Read in the system's realm: the firm's client rows are not the owner's to read."""
    with tenancy.as_system():
        paid = Connection.objects.filter(account=account, billing_model=BillingModel.BILL_US)
        is_paid = paid.filter(status__in=CONNECTED).exists()
    if not is_paid:
        return ""
    return TAKE_OVER if account.is_archived else FIRM_PAYS
