"""Payment methods: asking the provider for a page, keeping what came back, taking one away.

The browser carries no facts: it comes back with the name of a session, and the provider says what
was entered there, and for whom.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.urls import reverse

from billing.gateways import default_gateway
from billing.gateways.base import Card, NotFound, Setup, Unreachable
from billing.models import PaymentMethod
from practice import clock
from practice.actions.limits import refuse_without, standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import Branch, User
from practice.permissions import MANAGE_BILLING

OTHER_CURRENCY = (
    "{} is billed in {}, and this payment method pays in {}. Add one that pays in {} instead."
)
UNKNOWN_SESSION = (
    "This page of the payment provider is over, or it was opened for somebody else."
    " Begin again with “Add payment method”."
)
NOTHING_ENTERED = "No card was entered, so nothing has changed."
AWAY = "The payment provider does not answer. Nothing was saved; try again in a few minutes."
GONE = "There is no payment method to remove."


def page_for_branch(branch: Branch, *, by: User) -> str:
    """Where the provider asks for a card. Raises `Refused` without one, or when it is away."""
    words = {"firm_slug": branch.firm.slug, "branch_id": branch.pk}
    setup = Setup(
        subject=f"branch:{branch.pk}:{by.pk}",
        payer=f"{branch.firm.name}, {branch.name}",
        email=branch.email,
        currency=branch.currency,
        return_path=reverse("billing:method-return", kwargs=words),
        cancel_path=reverse("billing:method-add", kwargs=words),
    )
    with saying_it_is_away():
        return default_gateway().start(setup)


def card_entered(session: str, subject: str) -> Card:
    """What the provider knows of a session that came back to this page and this person."""
    with saying_it_is_away():
        try:
            card = default_gateway().entered(session)
        except NotFound as unknown:
            raise Refused(UNKNOWN_SESSION) from unknown
    if card is None:
        raise Refused(NOTHING_ENTERED)
    if card.subject != subject:
        raise Refused(UNKNOWN_SESSION)
    return card


@transaction.atomic
def keep_branch_method(branch: Branch, session: str, *, by: User) -> PaymentMethod:
    """The card of a session becomes the branch's method, in place of the one before (F-127).

    Coming back twice is once. Raises `Refused` for another currency, session or person.
    """
    card = card_entered(session, f"branch:{branch.pk}:{by.pk}")
    branch = locked_branch(branch, by)
    refuse_other_currency(card, branch.name, branch.currency)
    method = method_of(card, default_gateway().name)
    method.firm_id, method.branch = branch.firm_id, branch
    before = PaymentMethod.objects.in_use().filter(branch=branch)
    return keep(method, before, f"Added the payment method {method}.", by)


def keep(method: PaymentMethod, before: object, reason: str, by: User) -> PaymentMethod:
    """In the caller's transaction, which holds the payer's lock; `before` is what it replaces."""
    known = PaymentMethod.objects.filter(gateway=method.gateway, token=method.token).first()
    if known:
        return known
    with because(reason, by=by):
        before.update(removed_at=clock.now())  # type: ignore[attr-defined]
        method.save(force_insert=True)
    return method


@transaction.atomic
def remove_branch_method(branch: Branch, *, by: User) -> PaymentMethod:
    """From now on nothing is charged to it; what was charged stays on record."""
    branch = locked_branch(branch, by)
    method = PaymentMethod.objects.of_branch(branch.pk)
    if method is None:
        raise Refused(GONE)
    method.removed_at = clock.now()
    with because(f"Removed the payment method {method}.", by=by):
        method.save(update_fields=["removed_at"])
    return method


def locked_branch(branch: Branch, by: User) -> Branch:
    """As it is now; raises `Refused` unless the person manages its billing, as of now."""
    branch = Branch.objects.select_for_update(no_key=True, of=("self",)).get(pk=branch.pk)
    refuse_without(standing_now(by, branch.firm_id), MANAGE_BILLING, branch.pk)
    return branch


def method_of(card: Card, gateway: str) -> PaymentMethod:
    return PaymentMethod(
        gateway=gateway,
        token=card.token,
        customer=card.customer,
        brand=card.brand,
        last4=card.last4,
        expires=card.expires,
        currency=card.currency,
    )


def refuse_other_currency(card: Card, payer: str, currency: str) -> None:
    if card.currency != currency:
        raise Refused(OTHER_CURRENCY.format(payer, currency, card.currency, currency))


@contextmanager
def saying_it_is_away() -> Iterator[None]:
    try:
        yield
    except Unreachable as unreachable:
        raise Refused(AWAY) from unreachable
