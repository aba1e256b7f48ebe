"""Second factors of a firm: requiring them, and resetting one that a colleague lost (F-022a)."""

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import F

from practice.actions.outbox import post_mail
from practice.auth import has_second_factor
from practice.errors import Refused
from practice.history import because
from practice.models import Firm, SecurityEvent, SecurityEventKind, TeamMember, User
from practice.tenancy import as_system

OWN_FIRST = "Set up a second factor for yourself first: you would lock yourself out."
NAMES = {"totp": "Authenticator app", "recovery_codes": "Recovery codes"}
YOURSELF = "Your own second factor is changed on your security page, not here."
NOTHING_TO_RESET = "{} has no second factor: there is nothing to reset."
USED_ELSEWHERE = (
    "{} uses this login outside your firm too, so one firm alone cannot weaken it. Countinghouse’s"
    " operators can reset it."
)


@transaction.atomic
def require_second_factor(firm: Firm, *, by: User) -> Firm:
    """From now on nobody gets past the door without one; whoever decides it has one."""
    firm = Firm.objects.select_for_update().get(pk=firm.pk)
    if not has_second_factor(by.pk):
        raise Refused(OWN_FIRST)
    with because("Now requires two-factor sign-in of the whole team.", by=by):
        return save_requirement(firm, is_required=True)


@transaction.atomic
def stop_requiring_second_factor(firm: Firm, *, by: User) -> Firm:
    """People keep the factors that they have, and may turn them off."""
    firm = Firm.objects.select_for_update().get(pk=firm.pk)
    with because("No longer requires two-factor sign-in of the team.", by=by):
        return save_requirement(firm, is_required=False)


def save_requirement(firm: Firm, *, is_required: bool) -> Firm:
    firm.requires_second_factor = is_required
    firm.save(update_fields=["requires_second_factor"])
    return firm


@transaction.atomic
def reset_second_factor(member: TeamMember, *, by: User, reason: str) -> SecurityEvent:
    """Remove every factor of somebody who lost theirs, end their sessions, and tell them."""
    member = TeamMember.objects.select_for_update().get(pk=member.pk)
    user = User.objects.select_for_update().get(pk=member.user_id)
    if why := why_not_reset(member, by=by):
        raise Refused(why)
    factors = Authenticator.objects.filter(user_id=user.pk)
    lost = ", ".join(sorted(NAMES.get(each.type) or str(each) for each in factors))[:200]
    factors.delete()
    with because(reason, by=by):
        end_sessions(user)
        event = SecurityEvent.objects.create(
            firm_id=member.firm_id,
            member=member,
            kind=SecurityEventKind.FACTOR_RESET,
            details=lost,
        )
    tell_about_reset(event, user, by=by, reason=reason)
    return event


def why_not_reset(member: TeamMember, *, by: User) -> str:
    """Why `by` may not reset the factors of the member; "" where they may."""
    if member.user_id == by.pk:
        return YOURSELF
    if is_used_elsewhere(member):
        return USED_ELSEWHERE.format(member)
    return "" if has_second_factor(member.user_id) else NOTHING_TO_RESET.format(member)


def is_used_elsewhere(member: TeamMember) -> bool:
    """Whether the login opens another firm, or the operators' pages: no one firm weakens that."""
    with as_system():
        others = TeamMember.objects.filter(user_id=member.user_id, is_active=True)
        return member.user.is_staff or others.exclude(pk=member.pk).exists()


def tell_about_reset(event: SecurityEvent, user: User, *, by: User, reason: str) -> None:
    post_mail(
        "practice/second_factor_reset",
        key=f"second-factor-reset:{event.pk}",
        recipient=user.email,
        firm=event.firm,
        person=user,
        by=by,
        reason=reason,
    )


def end_sessions(user: User) -> User:
    """Sign the person out wherever they are signed in. Inside `because`."""
    User.objects.filter(pk=user.pk).update(session_version=F("session_version") + 1)
    user.refresh_from_db(fields=["session_version"])
    return user


@transaction.atomic
def end_own_sessions(user: User) -> User:
    """The person signs out everywhere; the page keeps the session that asked."""
    with because("Signed out everywhere else.", by=user):
        return end_sessions(user)
