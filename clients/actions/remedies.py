"""What would open a client to somebody, and who may do that (F-243, N5)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q

from clients import permissions as p
from clients.contact_rules import BLOCKED, PERMISSIONS, ContactAction
from clients.models import Connection, TeamAssignment
from clients.roles import ClientRole, ConnectionStatus
from practice.models import BranchMembership, TeamMember
from practice.permissions import MANAGE_TEAM, Permission, Standing, Verdict
from practice.roles import BranchRole, ParentRole

MOST_NAMES = 5


class Step(StrEnum):
    """Where the remedy is carried out; NOWHERE is beyond the firm's own people."""

    ASSIGN = "assign"
    MEMBER = "member"
    CLIENT = "client"
    LEVEL = "level"
    CONTACTS = "contacts"
    NOWHERE = ""


@dataclass(frozen=True)
class Remedy:
    """What is missing, in words marked like those of a `Rule`; where it is given; what it takes."""

    words: str
    step: Step = Step.NOWHERE
    permission: Permission | None = None
    roles: tuple[ClientRole, ...] = ()


@dataclass(frozen=True)
class Case:
    """Somebody, a client and a permission that is refused."""

    standing: Standing | None
    facts: p.ConnectionFacts
    permission: Permission
    verdict: Verdict

    @property
    def branch(self) -> str:
        return self.facts.branch_name

    @property
    def place_counts(self) -> bool:
        """Whether an assignment is offered: on the branch, or in a parent role (F-056a)."""
        if self.standing is None:
            return False
        is_placed = self.facts.branch_id in self.standing.branches
        return bool(is_placed or self.standing.parent_role or self.facts.tie_role)

    def opening_roles(self) -> Iterator[ClientRole]:
        """Roles for this client with which the answer would be yes."""
        for role in ClientRole:
            facts = replace(self.facts, tie_role=role)
            if Verdict.of(p.connection_rules(self.standing, facts, self.permission)).allowed:
                yield role


def remedy_for(case: Case) -> Remedy:
    """The nearest way from no to yes. The page answers anew after it, and shows what is left."""
    rule = case.verdict.decisive.name
    if rule in BEYOND:
        return Remedy(BEYOND[rule])
    roles = tuple(case.opening_roles())
    if roles and case.place_counts:
        words = "{You} would have to be assigned to this client."
        if case.facts.tie_role:
            words = "{You} would need another role for this client."
        return Remedy(words, Step.ASSIGN, p.GRANT_ACCESS, roles)
    if rule == "State":
        return remedy_for_state(case)
    if rule in {"Assignment", "Restriction", "Branch", "Tie"} and not case.place_counts:
        words = f"{{You}} would first have to be added to branch {case.branch}."
        return Remedy(words, Step.MEMBER, MANAGE_TEAM)
    needed = p.VIEW_ASSIGNED_CLIENTS if rule in {"Assignment", "Branch"} else case.permission
    words = f"{{You}} would need “{needed.label}” on {case.branch}, or a role that includes it."
    return Remedy(words, Step.MEMBER, MANAGE_TEAM)


BEYOND = {
    "Firm": "Whoever manages the team can invite them to the firm again.",
    "Person": "The operator of this installation can switch the login on again.",
    "Second factor": "Only {you} can set it up: Profile, then Security.",
    "Access": "Only the client can open it: ask them to allow your firm’s access again.",
}


def remedy_for_state(case: Case) -> Remedy:
    status = case.facts.status
    if status == ConnectionStatus.PAUSED:
        words = (
            "The relationship would have to be resumed: while it is paused, everybody only reads."
        )
        return Remedy(words, Step.CLIENT, p.PAUSE_CLIENTS)
    if status != ConnectionStatus.DISCONNECTED:
        return Remedy("It opens once the connection has been accepted.")
    records = p.VIEW_HISTORICAL_RECORDS
    if case.standing and not case.standing.holds(records, case.facts.branch_id):
        words = f"{{You}} would need “{records.label}” on {case.branch}."
        return Remedy(words, Step.MEMBER, MANAGE_TEAM)
    return Remedy("Nothing: the records of a disconnected client cannot be changed by anybody.")


def remedy_for_contact(action: ContactAction, verdict: Verdict) -> Remedy:
    """What would let one of the client's own people do it (C10): the cap, or their own ticks."""
    rule = verdict.decisive.name
    if rule.startswith("Client access level"):
        words = "The client access level would have to be raised, in “Access Settings”."
        return Remedy(words, Step.LEVEL, p.UPDATE_ACCESS)
    if rule == PERMISSIONS:
        words = f"{{You}} would need the contact permission “{action.needs}”."
        return Remedy(words, Step.CONTACTS, p.MANAGE_CONTACTS)
    if rule == BLOCKED:
        words = "{You} would have to be unblocked, in Portal Settings > Contacts."
        return Remedy(words, Step.CONTACTS, p.MANAGE_CONTACTS)
    return Remedy(BEYOND_CONTACTS.get(rule, "Nobody here can change it."))


BEYOND_CONTACTS = {
    "Person": BEYOND["Person"],
    "Relationship": "The relationship with the client would have to be open.",
    "Account owner": "Only the owner of the client’s account does this.",
}


def who_can(
    connection: Connection, permission: Permission, *, with_owners: bool = True
) -> list[str]:
    """Names of Super Admins and of the branch's Owners who may do it, a few; one query.

    An Owner may not be able to see a restricted client, or may have lost the permission.
    """
    owning = BranchMembership.objects.filter(
        member=OuterRef("pk"), branch_id=connection.branch_id, role=BranchRole.OWNER
    ).exclude(withdrawn__contains=[permission])
    owner = Q(Exists(owning))
    if connection.is_restricted:
        ties = TeamAssignment.objects.running().filter(content_object=connection)
        owner &= Q(Exists(ties.filter(user=OuterRef("user"))))
    members = TeamMember.objects.filter(firm_id=connection.firm_id, is_active=True)
    members = members.filter(user__is_active=True)
    wanted = Q(parent_role=ParentRole.SUPER_ADMIN)
    found = members.filter(wanted | owner if with_owners else wanted).select_related("user")
    return [str(member) for member in found.order_by("user__full_name", "pk")[:MOST_NAMES]]
