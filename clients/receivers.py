"""What follows here from news of the apps below."""

from collections.abc import Iterable
from typing import Any

from allauth.account.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver

from clients.actions.alerts import unassign_alerts
from clients.actions.assignments import end_assignments
from clients.actions.usage import note_sign_in
from practice.models import TeamMember, User
from practice.signals import branch_left, firm_left


@receiver(branch_left, sender=TeamMember)
def end_those_of_branches(
    *, member: TeamMember, branch_ids: Iterable[int], by: User | None, reason: str, **_: Any
) -> None:
    """Assignments on a branch end with the place on it (F-021)."""
    end_assignments(member.firm_id, member.user_id, branch_ids=branch_ids, by=by, reason=reason)


@receiver(firm_left, sender=TeamMember)
def take_alerts_back(*, member: TeamMember, by: User | None, reason: str, **_: Any) -> None:
    """What a leaver had in hand is nobody’s again."""
    unassign_alerts(member.firm_id, member.user_id, by=by, reason=reason)


@receiver(firm_left, sender=TeamMember)
def end_all(*, member: TeamMember, by: User | None, reason: str, **_: Any) -> None:
    end_assignments(member.firm_id, member.user_id, by=by, reason=reason)


@receiver(user_logged_in)
def note_sign_in_of_client(*, user: User, **_: Any) -> None:
    """Once it has happened, and whatever becomes of the note: nobody stays outside for its sake."""
    transaction.on_commit(lambda: note_sign_in(user), robust=True)
