"""Who would gain, lose and keep a client that moves to another branch (F-050a). Writes nothing."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Q

from clients import permissions as p
from clients.actions.colleagues import Colleague, colleagues
from clients.actions.transfers import may_be_assigned
from clients.models import Connection, TeamAssignment
from clients.roles import ClientRole
from practice.models import Branch, BranchMembership
from practice.permissions import Standing, Verdict
from practice.roles import BranchRole, ParentRole


class Change(StrEnum):
    GAINS = "gains"
    ELIGIBLE = "eligible"  # a member of the new branch, who sees clients once assigned
    LOSES = "loses"
    KEEPS = "keeps"


@dataclass(frozen=True)
class Effect:
    """What the move means for one team member, and on what ground."""

    name: str
    change: Change
    why: str


@dataclass(frozen=True)
class Move:
    """One client and the branch it would move to; the rules are asked as if it had."""

    connection: Connection
    branch: Branch
    tie_roles: dict[int, str]

    def effects(self) -> list[Effect]:
        """By name; who sees the client neither before nor after is left out."""
        found = (self.effect(one) for one in self.affected())
        return [effect for effect in found if effect]

    def affected(self) -> list[Colleague]:
        """Parent roles, the people of both branches, and whoever is assigned."""
        branch_ids = [self.connection.branch_id, self.branch.pk]
        places = BranchMembership.objects.filter(branch_id__in=branch_ids)
        wanted = Q(pk__in=places.values("member_id")) | Q(user_id__in=list(self.tie_roles))
        return colleagues(self.connection.firm_id, wanted | ~Q(parent_role=""))

    def effect(self, colleague: Colleague) -> Effect | None:
        standing, name = colleague.standing, str(colleague.user)
        tie = self.tie_roles.get(standing.user_id)
        source = self.connection.branch
        kept = tie if may_be_assigned(standing, self.branch.pk) else None
        before, after = self.sees(standing, source, tie), self.sees(standing, self.branch, kept)
        if before and after:
            return Effect(name, Change.KEEPS, self.ground(standing, self.branch, kept))
        if after:
            return Effect(name, Change.GAINS, self.ground(standing, self.branch, kept))
        if before:
            return Effect(name, Change.LOSES, self.loss(standing, source, tie))
        is_there = self.branch.pk in standing.branches
        if is_there and self.sees(standing, self.branch, ClientRole.VIEW_ONLY):
            why = f"{place(standing, self.branch)}: sees the client once assigned"
            return Effect(name, Change.ELIGIBLE, why)
        return None

    def sees(self, standing: Standing, branch: Branch, tie_role: str | None) -> bool:
        facts = p.ConnectionFacts(
            firm_id=branch.firm_id,
            branch_id=branch.pk,
            branch_name=branch.name,
            status=self.connection.status,
            is_restricted=self.connection.is_restricted,
            tie_role=tie_role,
        )
        return Verdict.of(p.connection_rules(standing, facts, p.VIEW_CLIENT)).allowed

    def ground(self, standing: Standing, branch: Branch, tie_role: str | None) -> str:
        """What opens the client there: the parent role, the branch role, or else the assignment."""
        by_role = standing.is_super_admin or not self.connection.is_restricted
        if by_role and standing.holds(p.VIEW_ALL_CLIENTS, branch.pk):
            if p.VIEW_ALL_CLIENTS in standing.everywhere:
                return f"by parent role, {ParentRole(standing.parent_role or '').label}"
            return f"by branch role, {place(standing, branch)}"
        assigned = f"by assignment, {ClientRole(tie_role or '').label}"
        here = (p.VIEW_ALL_CLIENTS, p.VIEW_ASSIGNED_CLIENTS)
        if any(standing.holds(permission, branch.pk) for permission in here):
            return assigned
        return f"{assigned}, with cross-branch permission"

    def loss(self, standing: Standing, branch: Branch, tie_role: str | None) -> str:
        """On what ground they see it now, and why that ends."""
        if tie_role is None:
            return f"sees it {self.ground(standing, branch, tie_role)}"
        if may_be_assigned(standing, self.branch.pk):
            return f"stays assigned, and may not view assigned clients of {self.branch.name}"
        return f"the assignment, {ClientRole(tie_role).label}, ends: no cross-branch permission"


def place(standing: Standing, branch: Branch) -> str:
    """ "Owner of London"."""
    held = standing.branches.get(branch.pk)
    return f"{BranchRole(held.role).label if held else 'Nobody'} of {branch.name}"


def transfer_effects(connection: Connection, branch: Branch) -> list[Effect]:
    """Three queries, whatever the number of people."""
    ties = TeamAssignment.objects.running().filter(content_object=connection)
    roles = dict(ties.order_by().values_list("user_id", "role"))
    return Move(connection, branch, roles).effects()
