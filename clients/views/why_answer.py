"""The answer to "Why can't they see it?": the verdict, and what would change it (F-243)."""

from dataclasses import dataclass

from clients import permissions as p
from clients.actions.limits import Giver
from clients.actions.remedies import Case, Remedy, Step, remedy_for, remedy_for_contact, who_can
from clients.contact_rules import OPEN_CLIENT
from clients.forms.why import ACTIONS
from clients.models import Connection, ContactAccess
from clients.roles import ClientRole
from clients.views.why_question import Question
from practice.auth import explain, standing_of
from practice.http import FirmRequest
from practice.models import TeamMember
from practice.permissions import CATALOGUE, MANAGE_TEAM, Permission, Rule, Verdict


@dataclass(frozen=True)
class Answer:
    """The verdict about one person at one client, as the asker may read it.

    `lacks` is why the asker cannot take the step themselves, "" where they may; `helpers` can do it
    instead; `roles` would open the client, and the asker may give them.
    """

    name: str
    is_self: bool
    deed: str
    verdict: Verdict
    remedy: Remedy | None = None
    lacks: str = ""
    helpers: tuple[str, ...] = ()
    roles: tuple[ClientRole, ...] = ()

    @property
    def sentence(self) -> str:
        """Mia cannot open Acme Bakery: Mia is not assigned to this client."""
        who = "You" if self.is_self else self.name
        can = "can" if self.verdict.allowed else "cannot"
        return f"{who} {can} {self.deed}: {self.said(self.verdict.decisive)}"

    @property
    def chain(self) -> list[tuple[Rule, str, bool]]:
        """Each rule, what it says about the person, and whether it is the one that refused."""
        blocking = None if self.verdict.allowed else self.verdict.decisive
        return [(rule, self.said(rule), rule is blocking) for rule in self.verdict.rules]

    def said(self, rule: Rule) -> str:
        return rule.says if self.is_self else rule.about(self.name)

    @property
    def advice(self) -> str:
        return self.said(Rule("Remedy", None, self.remedy.words)) if self.remedy else ""

    @property
    def step(self) -> str:
        return str(self.remedy.step) if self.remedy else ""

    @property
    def assign_label(self) -> str:
        return "Assign me" if self.is_self else f"Assign {self.name}"


def answer_to(request: FirmRequest, question: Question) -> Answer | None:
    """None until both a person and a client are chosen."""
    connection = question.connection
    if connection is None:
        return None
    if question.person:
        return about_member(request, question, question.person, connection)
    if question.contact:
        return about_contact(request, question.contact, connection, question.permission)
    return None


def about_member(
    request: FirmRequest, question: Question, person: TeamMember, connection: Connection
) -> Answer:
    permission = CATALOGUE[question.permission]
    standing = standing_of(person.user, person.firm_id)
    verdict = explain(person.user, permission, connection)
    remedy = None
    if not verdict.allowed:
        facts = connection.facts_for(standing, permission)
        remedy = remedy_for(Case(standing, facts, permission, verdict))
    lacks = what_lacks(request, remedy, connection)
    # Whoever cannot see the client is not told what it is called today, nor who owns its branch.
    name = connection.name if question.is_visible else "this client"
    return Answer(
        name=str(person),
        is_self=person == request.member,
        deed=deed_of(permission, name),
        verdict=verdict,
        remedy=remedy,
        lacks=lacks,
        helpers=helpers_of(remedy, connection, with_owners=question.is_visible),
        roles=() if lacks else roles_to_give(request, remedy, connection),
    )


def about_contact(
    request: FirmRequest, access: ContactAccess, connection: Connection, name: str
) -> Answer:
    action = ACTIONS[name]
    verdict = access.explain(action)
    remedy = None if verdict.allowed else remedy_for_contact(action, verdict)
    at = "in the portal" if action == OPEN_CLIENT else f"at {connection.name}"
    return Answer(
        name=str(access.contact),
        is_self=False,
        deed=f"open {connection.name} {at}" if action == OPEN_CLIENT else f"{action.label} {at}",
        verdict=verdict,
        remedy=remedy,
        lacks=what_lacks(request, remedy, connection),
        helpers=helpers_of(remedy, connection),
    )


def deed_of(permission: Permission, client: str) -> str:
    if permission == p.VIEW_CLIENT:
        return f"open {client}"
    if permission == p.OPEN_ACCOUNT:
        return f"enter the account of {client}"
    return f"use “{permission.label}” at {client}"


def what_lacks(request: FirmRequest, remedy: Remedy | None, connection: Connection) -> str:
    needed = remedy.permission if remedy else None
    if needed is None:
        return ""
    row = connection.branch if needed == MANAGE_TEAM else connection
    verdict = explain(request.user, needed, row)
    if verdict.allowed:
        return ""
    says = verdict.reason
    return says if needed.label in says else f"It needs “{needed.label}”. {says}"


def helpers_of(
    remedy: Remedy | None, connection: Connection, *, with_owners: bool = True
) -> tuple[str, ...]:
    if remedy is None or remedy.permission is None:
        return ()
    return tuple(who_can(connection, remedy.permission, with_owners=with_owners))


def roles_to_give(
    request: FirmRequest, remedy: Remedy | None, connection: Connection
) -> tuple[ClientRole, ...]:
    """Of the roles that would open it those that the asker may give, the narrowest first."""
    if remedy is None or remedy.step != Step.ASSIGN:
        return ()
    own = Giver.of(request.user, [connection]).roles(connection)
    return tuple(role for role in reversed(ClientRole) if role in remedy.roles and role in own)
