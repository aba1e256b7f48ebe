"""What follows here from news of the apps below, and what a firm's own programs are told."""

from collections.abc import Iterable, Sequence
from typing import Any

from allauth.account.signals import user_logged_in
from django.db import transaction
from django.dispatch import Signal, receiver

from clients.actions.alerts import unassign_alerts
from clients.actions.announcing import announce_clients
from clients.actions.assignment_requests import withdraw_requests_of
from clients.actions.assignments import end_assignments
from clients.actions.usage import note_sign_in
from clients.models import Connection
from clients.signals import (
    connection_disconnected,
    connection_opened,
    connection_paused,
    connection_reconnected,
    connection_resumed,
    connection_transferred,
    ownership_transferred,
)
from practice.models import TeamMember, User
from practice.roles import WebhookKind
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
    withdraw_requests_of(member, by=by, reason=reason)


@receiver(user_logged_in)
def note_sign_in_of_client(*, user: User, **_: Any) -> None:
    """Once it has happened, and whatever becomes of the note: nobody stays outside for its sake."""
    transaction.on_commit(lambda: note_sign_in(user), robust=True)


TOLD = {
    connection_opened: WebhookKind.CLIENT_CONNECTED,
    connection_paused: WebhookKind.CLIENT_PAUSED,
    connection_resumed: WebhookKind.CLIENT_RESUMED,
    connection_disconnected: WebhookKind.CLIENT_DISCONNECTED,
    connection_reconnected: WebhookKind.CLIENT_RECONNECTED,
    connection_transferred: WebhookKind.CLIENT_BRANCH_CHANGED,
}


@receiver(list(TOLD), sender=Connection)
def tell(*, signal: Signal, connections: Sequence[Connection], **_: Any) -> None:
    announce_clients(TOLD[signal], connections)


@receiver(ownership_transferred, sender=Connection)
def tell_of_ownership(*, connection: Connection, **_: Any) -> None:
    announce_clients(WebhookKind.CLIENT_OWNERSHIP_TRANSFERRED, [connection])
