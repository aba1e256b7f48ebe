"""The moves of the model, made with the application: same names, same words, real rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from bench.states_cast import Stage
from clients import permissions as p
from clients.actions.access import open_account
from clients.actions.access_levels import set_access_level
from clients.actions.assignments import assign_people, remove_assignment
from clients.actions.expiry import sweep_expired
from clients.actions.ownership import start_transfer, take_over
from clients.actions.relationships import (
    disconnect_connection,
    pause_connection,
    resume_connection,
    resume_due,
)
from clients.actions.restrictions import restrict_connection
from clients.actions.transfers import transfer_connection
from clients.models import Connection
from clients.roles import AccessLevel, BillingModel, ClientRole, DisconnectReason
from invitations.actions.reconnect import ask_back, cancel_reconnection, expire_due, offer_anew
from invitations.actions.reconnect_answers import accept_anew, accept_reconnection
from invitations.models import ReconnectInvitation
from practice import tenancy
from practice.auth import explain
from practice.errors import Refused
from practice.models import User

ANSWERS_AS = "Rita Rey"


@dataclass
class World:
    """One run: the rows by number, those that it opened included."""

    stage: Stage
    rows: list[Connection] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = list(self.stage.clients)

    @contextmanager
    def at_the_firm(self, name: str) -> Iterator[User]:
        """As a request of the firm's page: its rows and no others."""
        user = self.stage.users[name]
        with tenancy.in_firm(self.stage.firm.pk, user.pk):
            yield user

    @contextmanager
    def elsewhere(self, name: str | None) -> Iterator[Any]:
        """As a request of somebody who belongs to no firm, signed in or not."""
        user = self.stage.users[name] if name else None
        with tenancy.enter(tenancy.Context(user_id=user.pk if user else None)):
            yield user

    def look(self) -> None: ...

    def pause(self, by: str, number: int, reason: str, until: date | None) -> None:
        with self.at_the_firm(by) as user:
            pause_connection(self.rows[number], by=user, reason=reason, until=until)

    def resume(self, by: str, number: int, reason: str) -> None:
        with self.at_the_firm(by) as user:
            resume_connection(self.rows[number], by=user, reason=reason)

    def disconnect(self, by: str, number: int, reason: str, note: str) -> None:
        why = DisconnectReason(reason)
        with self.at_the_firm(by) as user:
            disconnect_connection(self.rows[number], by=user, reason=why, note=note)

    def leave(self, by: str, number: int) -> None:
        with self.elsewhere(by) as user:
            disconnect_connection(self.rows[number], by=user, by_client=True)

    def transfer(self, by: str, number: int, branch: str, reason: str) -> None:
        target = self.stage.branches[branch]
        with self.at_the_firm(by) as user:
            transfer_connection(self.rows[number], target, by=user, reason=reason)

    def assign(
        self, by: str, number: int, roles: dict[str, str], ends_at: datetime | None, reason: str
    ) -> None:
        given = {self.stage.users[name].pk: ClientRole(role) for name, role in roles.items()}
        ids = [self.rows[number].pk]
        with self.at_the_firm(by) as user:
            assign_people(ids, given, by=user, reason=reason, ends_at=ends_at)

    def remove(self, by: str, number: int, name: str, reason: str) -> None:
        with self.at_the_firm(by) as user:
            person = self.stage.users[name]
            remove_assignment(self.rows[number], person, by=user, reason=reason)

    def set_level(self, by: str, number: int, level: str, features: list[str], why: str) -> None:
        with self.at_the_firm(by) as user:
            facts: dict[str, Any] = {"features": features, "reason": why}
            set_access_level(self.rows[number], AccessLevel(level), by=user, **facts)

    def restrict(self, by: str, number: int, is_restricted: bool, reason: str) -> None:
        with self.at_the_firm(by) as user:
            facts: dict[str, Any] = {"reason": reason, "is_restricted": is_restricted}
            restrict_connection(self.rows[number], by=user, **facts)

    def visit(self, by: str, number: int) -> None:
        """As the page does: asked first."""
        with self.at_the_firm(by) as user:
            row = Connection.objects.select_related("branch").get(pk=self.rows[number].pk)
            verdict = explain(user, p.OPEN_ACCOUNT, row)
            if not verdict.allowed:
                raise Refused(verdict.reason)
            open_account(row, by=user)

    def ask_back(self, by: str, number: int) -> None:
        with self.at_the_firm(by) as user:
            ask_back(self.rows[number], by=user)

    def offer_anew(self, by: str, number: int, model: str) -> None:
        with self.at_the_firm(by) as user:
            offer_anew(self.rows[number], BillingModel(model), by=user)

    def cancel(self, by: str, number: int) -> None:
        with self.at_the_firm(by) as user:
            cancel_reconnection(self.rows[number], by=user)

    def accept(self, by: str | None, number: int) -> None:
        """The newest link, by whoever holds it."""
        links = ReconnectInvitation.objects.filter(connection=self.rows[number])
        invitation = links.order_by("-pk")[0]
        with self.elsewhere(by) as user:
            if invitation.is_reconnection:
                accept_reconnection(invitation, name=ANSWERS_AS, by=user)
            else:
                self.rows.append(accept_anew(invitation, name=ANSWERS_AS, by=user))

    def give_ownership(self, by: str, number: int) -> None:
        with self.at_the_firm(by) as user:
            start_transfer(self.rows[number], by=user)

    def take_ownership(self, by: str, number: int) -> None:
        with self.elsewhere(by) as user:
            take_over(self.rows[number], by=user)

    def resume_due(self) -> None:
        resume_due()

    def sweep_ties(self) -> None:
        sweep_expired()

    def expire_due(self) -> None:
        expire_due()
