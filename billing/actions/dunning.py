"""What follows a failed payment: when it is tried again, and who is told (F-127a)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from billing.models import Charge
from billing.roles import ChargeStatus
from practice import clock
from practice.actions.outbox import post_mail, post_messages
from practice.emails import render_mail, site_link
from practice.models import Message, TeamMember
from practice.roles import ParentRole

# After the first, second, … failed attempt; after the last of them nobody tries by itself.
RETRIES = tuple(timedelta(days=days) for days in (1, 3, 5, 7))


def next_retry(charge: Charge) -> datetime | None:
    """When the attempt after this one is made by itself; None when it was the last."""
    if charge.attempt > len(RETRIES):
        return None
    return clock.now() + RETRIES[charge.attempt - 1]


def coming_retries(charge: Charge) -> list[datetime]:
    """The rest of the schedule, if every attempt of it fails."""
    if charge.status != ChargeStatus.FAILED or charge.next_retry_at is None:
        return []
    coming = [charge.next_retry_at]
    for wait in RETRIES[charge.attempt :]:
        coming.append(coming[-1] + wait)
    return coming


def tell_payer(charge: Charge) -> None:
    """A mail to the branch and the firm's billing admins, or to the owner of the account."""
    if charge.invoice_id:
        tell_branches([charge])
    else:
        tell_owner(charge)


def tell_branches(charges: Sequence[Charge]) -> None:
    """For each of these charges of invoices, in sets: the monthly run may have a thousand."""
    firm_ids = {charge.branch.firm_id for charge in charges if charge.branch}
    admins = defaultdict(list)
    members = TeamMember.objects.filter(
        firm_id__in=firm_ids, parent_role=ParentRole.BILLING_ADMIN, is_active=True
    )
    for firm_id, email in members.order_by("pk").values_list("firm_id", "user__email"):
        admins[firm_id].append(email)
    post_messages([letter for charge in charges for letter in letters(charge, admins)])


def letters(charge: Charge, admins: Mapping[int, Sequence[str]]) -> Iterator[Message]:
    """The same to each of them, once."""
    branch = charge.branch
    assert branch is not None
    link = site_link(
        "billing:invoice-payment", firm_slug=branch.firm.slug, invoice_id=charge.invoice_id
    )
    facts = {
        "firm": branch.firm,
        "charge": charge,
        "branch": branch,
        "next_on": day_of(charge.next_retry_at, branch.firm.time_zone),
        "is_disputed": charge.status == ChargeStatus.DISPUTED,
        "link": link,
    }
    mail = render_mail("billing/payment_failed", facts)
    for address in dict.fromkeys([branch.email, *admins.get(branch.firm_id, ())]):
        yield Message(
            firm_id=branch.firm_id,
            key=f"{charge.key}:{charge.status}:{address}"[:200],
            recipient=address,
            subject=mail.subject[:300],
            body=mail.body,
        )


def tell_owner(charge: Charge) -> None:
    assert charge.account is not None
    owner = charge.account.owner
    if owner is None:
        return
    post_mail(
        "billing/own_payment_failed",
        key=f"{charge.key}:{charge.status}",
        recipient=owner.email,
        charge=charge,
        owner=owner,
        next_on=day_of(charge.next_retry_at, owner.time_zone),
        link=site_link("billing:company-plan", account_id=charge.account_id),
    )


def day_of(at: datetime | None, zone: str) -> datetime | None:
    return at.astimezone(ZoneInfo(zone)) if at else None
