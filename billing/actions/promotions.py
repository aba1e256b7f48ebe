"""Giving a promotion to a client, and what the client answers (F-137, F-137a, C16).

Where the firm pays it is applied at once, to the branch's bill; where the client pays it is an
offer, which the owner of the account applies or declines.
"""

from datetime import date

from django.db import transaction

from billing.actions.spans import lock_branches
from billing.actions.subscriptions import locked_account
from billing.models import AccountSubscription, Promotion, PromotionOffer
from billing.proration import first_day, months_after
from billing.reckoning import day_there
from billing.roles import PromotionState
from clients.actions.correspondence import keep_messages, lock_writable
from clients.actions.events import record
from clients.models import ClientAccount, Connection, EventKind
from clients.models.external import CONNECTED
from clients.roles import BillingModel
from practice import clock, tenancy
from practice.actions.outbox import post_mail
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.templatetags.wording import day_words
from practice.text import tidy

UNKNOWN = "There is no promotion with this code."
OVER = "This promotion could be used until {}."
USED_UP = "This promotion is used up."
HAS_IT = "This client has had this promotion already."
RUNS = "Another promotion of this client runs until {}: only one is applied at a time."
NO_OFFER = "This promotion is no longer offered."
WAS_DECLINED = "This promotion was declined."
NO_PLAN = "Choose a plan and add a payment method first: the promotion is taken off its payments."


@transaction.atomic
def give_promotion(connection: Connection, code: str, *, by: User) -> PromotionOffer:
    """Applied under Bill Us, offered under Client Pays. Sent twice, it is given once.

    Raises `Refused` for a code that is unknown, over or used up, and where the person may not.
    """
    is_billed = connection.billing_model == BillingModel.BILL_US
    if is_billed:
        lock_branches([connection.branch_id], by)
    row = lock_writable(connection, by)
    with tenancy.as_system():  # what other firms used counts too
        promotion = locked_promotion(code)
        lock_account(row.account_id)
        live = PromotionOffer.objects.live().filter(promotion=promotion)
        if earlier := live.filter(account_id=row.account_id).first():
            if earlier.connection_id != row.pk or earlier.is_over:
                raise Refused(HAS_IT)
            return earlier
        if promotion.most_uses is not None and live.count() >= promotion.most_uses:
            raise Refused(USED_UP)
        offer = PromotionOffer(
            firm_id=row.firm_id,
            connection=row,
            promotion=promotion,
            account_id=row.account_id,
            percent=promotion.percent,
            state=PromotionState.OFFERED,
            given_by=by,
        )
        if is_billed:
            begin(offer, first_day(day_there(clock.now(), row.firm.time_zone)))
        did = "applied" if is_billed else "offered"
        with because(f"{did.capitalize()} the promotion {promotion}.", by=by):
            offer.save(force_insert=True)
        says = f"{by} {did} the promotion {promotion}: {promotion.says}"
        record(row, EventKind.COMPANY, says, by=by)
        if not is_billed:
            tell_owner(offer, by)
    return offer


def lock_account(account_id: int) -> None:
    """Of two firms that give something to one client, the second finds what the first gave."""
    ClientAccount.objects.select_for_update(no_key=True).get(pk=account_id)


def locked_promotion(code: str) -> Promotion:
    """The row, locked, so that the last use is given once."""
    rows = Promotion.objects.select_for_update(no_key=True)
    promotion = rows.filter(code=tidy(code).upper(), is_offered=True).first()
    if promotion is None:
        raise Refused(UNKNOWN)
    if promotion.ends_on and promotion.ends_on < clock.today():
        raise Refused(OVER.format(day_words(promotion.ends_on)))
    return promotion


def begin(offer: PromotionOffer, starts_on: date) -> None:
    """Raises `Refused` while another promotion of the account runs."""
    ends_on = months_after(starts_on, offer.promotion.months)
    others = PromotionOffer.objects.filter(
        account_id=offer.account_id,
        state=PromotionState.APPLIED,
        starts_on__lt=ends_on,
        ends_on__gt=starts_on,
    )
    if other := others.exclude(pk=offer.pk).first():
        assert other.ends_on is not None
        raise Refused(RUNS.format(day_words(other.ends_on)))
    offer.state, offer.answered_at = PromotionState.APPLIED, clock.now()
    offer.starts_on, offer.ends_on = starts_on, ends_on


def tell_owner(offer: PromotionOffer, by: User) -> None:
    connection = offer.connection
    owner = connection.account.owner
    if owner is None:
        return
    message = post_mail(
        "billing/promotion_offered",
        key=f"promotion:{offer.pk}:offered",
        recipient=owner.email,
        firm=connection.firm,
        owner=owner,
        offer=offer,
        connection=connection,
        link=site_link("billing:company-plan", account_id=offer.account_id),
    )
    keep_messages([message], [connection], by=by)


@transaction.atomic
def apply_offer(account: ClientAccount, offer_id: int, *, by: User) -> PromotionOffer:
    """The owner takes it: off the payments from the first that is still to come."""
    with tenancy.as_system():  # the firm's row is not the owner's own
        account, offer = locked_offer(account, offer_id, by)
        if offer.state == PromotionState.APPLIED:
            return offer
        if offer.state == PromotionState.DECLINED:
            raise Refused(WAS_DECLINED)
        subscription = AccountSubscription.objects.of(account.pk)
        if subscription is None or subscription.renews_on is None:
            raise Refused(NO_PLAN)
        begin(offer, max(clock.today(), subscription.renews_on))
        with because("Applied the promotion that the accountant offered.", by=by):
            offer.save(update_fields=["state", "answered_at", "starts_on", "ends_on"])
        said = f"{by}, the owner of the account, applied the promotion {offer.promotion}"
        record(offer.connection, EventKind.COMPANY, said, by=by)
    return offer


@transaction.atomic
def decline_offer(account: ClientAccount, offer_id: int, *, by: User) -> PromotionOffer:
    """A second click changes nothing; what is applied already stays so."""
    with tenancy.as_system():
        _, offer = locked_offer(account, offer_id, by)
        if offer.state != PromotionState.OFFERED:
            return offer
        offer.state, offer.answered_at = PromotionState.DECLINED, clock.now()
        with because("Declined the promotion that the accountant offered.", by=by):
            offer.save(update_fields=["state", "answered_at"])
        said = f"{by}, the owner of the account, declined the promotion {offer.promotion}"
        record(offer.connection, EventKind.COMPANY, said, by=by)
    return offer


def locked_offer(
    account: ClientAccount, offer_id: int, by: User
) -> tuple[ClientAccount, PromotionOffer]:
    """Of a firm that is still connected; the account, locked first, is judged as `by`’s own."""
    account = locked_account(account, by)
    rows = PromotionOffer.objects.select_for_update(of=("self",))
    rows = rows.select_related("promotion", "connection")
    offer = rows.filter(account=account, pk=offer_id, connection__status__in=CONNECTED).first()
    if offer is None:
        raise Refused(NO_OFFER)
    return account, offer
