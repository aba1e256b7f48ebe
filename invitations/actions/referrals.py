"""Referral links: made by the firm, and counted as people sign up by them (F-119)."""

from django.db import transaction

from clients.actions.companies import open_company
from invitations.models import ReferralLink, ReferralSignUp
from invitations.models.links import ReferralUrl
from practice.actions.limits import lock_rights, refuse_without, standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import Firm, User
from practice.permissions import MANAGE_ORGANISATION
from practice.tenancy import as_system
from practice.text import fold, tidy

TAKEN = "Your firm has a referral link of this name already."


@transaction.atomic
def create_referral_link(firm: Firm, *, by: User, name: str) -> ReferralLink:
    lock_rights(firm.pk)
    refuse_without(standing_now(by, firm.pk), MANAGE_ORGANISATION, None)
    key = fold(name)
    if ReferralLink.objects.for_firm(firm).filter(name_key=key).exists():
        raise Refused(TAKEN)
    with because("Created the referral link.", by=by):
        return ReferralLink.objects.create(firm=firm, name=tidy(name), name_key=key, created_by=by)


@transaction.atomic
def switch_referral_link(link: ReferralLink, *, by: User, is_on: bool) -> ReferralLink:
    """Off, nobody signs up by it; what was counted stays."""
    lock_rights(link.firm_id)
    link = ReferralLink.objects.select_for_update().get(pk=link.pk)
    refuse_without(standing_now(by, link.firm_id), MANAGE_ORGANISATION, None)
    if link.is_on == is_on:
        return link
    link.is_on = is_on
    with because(f"Switched the referral link {'on' if is_on else 'off'}.", by=by):
        link.save(update_fields=["is_on"])
    return link


def find_referral(url: ReferralUrl) -> ReferralLink | None:
    """With its firm; None where it is off. Its reader belongs to no firm."""
    with as_system():
        rows = ReferralLink.objects.select_related("firm").filter(is_on=True)
        return rows.filter(pk=url.invitation_id).first()


@transaction.atomic
def count_sign_up(link: ReferralLink, user: User, *, company: str) -> ReferralSignUp:
    """The person's company is set up with it. Nobody is connected to the firm by this."""
    account = open_company(name=company, tax_id="", by=user)
    with as_system():
        return ReferralSignUp.objects.create(
            firm_id=link.firm_id, link=link, user=user, account=account
        )
