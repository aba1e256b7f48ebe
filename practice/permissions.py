"""Permission names, who has them, and the shape of an answer.

Three layers meet here: a *permission* is a constant with a label and one of the eight categories
of F-019; a *standing* is what one person holds in one firm, resolved once per request; a *verdict*
is the answer to one question with the chain of rules behind it. Nothing here reads the database.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from practice.roles import BranchRole, ParentRole


class Category(StrEnum):
    ORGANISATION = "Organisation"
    BILLING = "Billing"
    TEAM = "Team"
    PARENT_ROLES = "Parent Roles"
    CLIENTS = "Clients"
    ACCESS_CONTROL = "Access Control"
    AUDIT_REPORTS = "Audit & Reports"
    SECURITY = "Security"


class Reach(StrEnum):
    """Where a permission is held, and so whether it can be added or withdrawn singly (F-019)."""

    FIRM = "firm"  # by parent role alone
    BRANCH = "branch"
    CLIENT = "client"  # derived for one client, never held by name


class Permission(str):
    """A permission's name, `app.verb_noun`, with the label that buttons and pages print."""

    label: str
    category: Category
    is_write: bool
    reach: Reach

    def __new__(
        cls,
        code: str,
        label: str,
        category: Category,
        *,
        is_write: bool = False,
        reach: Reach = Reach.BRANCH,
    ) -> Self:
        self = super().__new__(cls, code)
        self.label, self.category, self.is_write, self.reach = label, category, is_write, reach
        CATALOGUE[code] = self
        return self

    @staticmethod
    def label_of(code: str) -> str:
        return CATALOGUE[code].label

    @staticmethod
    def writes(code: str) -> bool:
        """By name too, as templates and guardian ask; a name nobody registered is a bug."""
        return CATALOGUE[code].is_write


CATALOGUE: dict[str, Permission] = {}

C = Category
VIEW_ORGANISATION = Permission(
    "practice.view_organisation", "View Organisation", C.ORGANISATION, reach=Reach.FIRM
)
MANAGE_ORGANISATION = Permission(
    "practice.manage_organisation",
    "Manage Organisation",
    C.ORGANISATION,
    is_write=True,
    reach=Reach.FIRM,
)
MANAGE_BRANCHES = Permission(
    "practice.manage_branches", "Manage Branches", C.ORGANISATION, is_write=True
)
VIEW_BILLING = Permission("practice.view_billing", "View Billing", C.BILLING)
MANAGE_BILLING = Permission("practice.manage_billing", "Manage Billing", C.BILLING, is_write=True)
VIEW_TEAM = Permission("practice.view_team", "View Team", C.TEAM)
MANAGE_TEAM = Permission("practice.manage_team", "Manage Team", C.TEAM, is_write=True)
VIEW_PARENT_ROLES = Permission(
    "practice.view_parent_roles", "View Parent Roles", C.PARENT_ROLES, reach=Reach.FIRM
)
MANAGE_PARENT_ROLES = Permission(
    "practice.manage_parent_roles",
    "Manage Parent Roles",
    C.PARENT_ROLES,
    is_write=True,
    reach=Reach.FIRM,
)
VIEW_AUDIT = Permission("practice.view_audit", "View Audit Trail", C.AUDIT_REPORTS)
VIEW_OUTBOX = Permission("practice.view_outbox", "View Outbox", C.AUDIT_REPORTS)
RESEND_MESSAGES = Permission(
    "practice.resend_messages", "Resend Messages", C.AUDIT_REPORTS, is_write=True
)
VIEW_REPORTS = Permission("practice.view_reports", "View Reports", C.AUDIT_REPORTS)
MANAGE_SECURITY = Permission(
    "practice.manage_security", "Manage Security", C.SECURITY, is_write=True, reach=Reach.FIRM
)


# Filled by each AppConfig as it is prepared: role → the permissions that it starts with.
PARENT_ROLE_GRANTS: dict[str, frozenset[str]] = {role: frozenset() for role in ParentRole}
BRANCH_ROLE_GRANTS: dict[str, frozenset[str]] = {role: frozenset() for role in BranchRole}


def grant(table: dict[str, frozenset[str]], grants: Mapping[Any, Iterable[str]]) -> None:
    """Add an app's grants to one of the two tables; called from `AppConfig.ready`."""
    for role, codes in grants.items():
        table[role] = table[role] | frozenset(codes)


@dataclass(frozen=True)
class BranchStanding:
    """A person's place in one branch: a role, and single permissions added or withdrawn (F-019)."""

    branch_id: int
    branch_name: str
    role: str
    added: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()

    @cached_property
    def permissions(self) -> frozenset[str]:
        return (BRANCH_ROLE_GRANTS[self.role] | self.added) - self.withdrawn


@dataclass(frozen=True)
class Standing:
    """What one active team member holds in one firm. `None` stands for a stranger.

    `must_enrol`: the firm requires a second factor and the person has none; until then they hold
    nothing (F-022a).
    """

    user_id: int
    firm_id: int
    member_id: int
    parent_role: str | None = None
    branches: Mapping[int, BranchStanding] = field(default_factory=dict)
    must_enrol: bool = False

    @property
    def has_no_place(self) -> bool:
        """On no branch and without a parent role: nothing of the firm is open (F-021)."""
        return not self.parent_role and not self.branches

    @property
    def is_super_admin(self) -> bool:
        return self.parent_role == ParentRole.SUPER_ADMIN

    @property
    def everywhere(self) -> frozenset[str]:
        """Permissions that the parent role gives over every branch."""
        return PARENT_ROLE_GRANTS[self.parent_role] if self.parent_role else frozenset()

    def holds(self, permission: str, branch_id: int | None = None) -> bool:
        """By parent role, or by the role on that branch. Without a branch: the parent role only.

        A permission withdrawn on a branch is denied there, except to a Super Admin, who
        overrides all (F-018).
        """
        place = self.branches.get(branch_id) if branch_id is not None else None
        if place and permission in place.withdrawn and not self.is_super_admin:
            return False
        return permission in self.everywhere or bool(place and permission in place.permissions)

    def holds_anywhere(self, permission: str) -> bool:
        return permission in self.everywhere or any(
            permission in place.permissions for place in self.branches.values()
        )

    def lacking(self, permissions: Iterable[str], branch_id: int | None) -> list[str]:
        """Those of the permissions that are not held there: nobody gives more than they have."""
        return sorted(code for code in permissions if not self.holds(code, branch_id))

    def branches_with(self, permission: str) -> frozenset[int] | None:
        """Branch ids where it is held; `None` means every branch of the firm.

        With the permission from a parent role, branches that withdraw it are left out by
        `branches_without`.
        """
        if permission in self.everywhere:
            return None
        return frozenset(
            place.branch_id for place in self.branches.values() if permission in place.permissions
        )

    def branches_without(self, permission: str) -> frozenset[int]:
        """Branches that withdraw what the parent role gives (denial wins)."""
        if self.is_super_admin:
            return frozenset()
        return frozenset(
            place.branch_id for place in self.branches.values() if permission in place.withdrawn
        )


def lacking_all(standing: Standing, permissions: Sequence[str]) -> str:
    """ "" where one branch at least gives every one of them; else what is missing, for a button."""
    for code in permissions:
        if not standing.holds_anywhere(code):
            return f"You need the permission “{Permission.label_of(code)}”."
    places = (None, *standing.branches)
    if any(all(standing.holds(code, place) for code in permissions) for place in places):
        return ""
    named = " and ".join(f"“{Permission.label_of(code)}”" for code in permissions)
    return f"You need {named} on the same branch."


# How the words of a rule address the person themselves, and name them to others.
TO_OTHERS = {
    "You are": "{} is",
    "you are": "{} is",
    "You": "{}",
    "you": "{}",
    "Your": "{}’s",
    "your": "{}’s",
    "work": "works",
    "do": "does",
    "have": "has",
}
MARK = re.compile(r"\{([A-Za-z ]+)\}")


@dataclass(frozen=True)
class Rule:
    """One step of the chain. `holds` is None where the rule has nothing to say.

    `words` may carry marks, "{You are} not assigned to this client.": `says` speaks to the person,
    `about(name)` names them to somebody else (F-243).
    """

    name: str
    holds: bool | None
    words: str

    @property
    def says(self) -> str:
        return MARK.sub(r"\1", self.words)

    def about(self, name: str) -> str:
        return MARK.sub(lambda mark: TO_OTHERS[mark[1]].replace("{}", name), self.words)


@dataclass(frozen=True)
class Verdict:
    """An answer and why. `rules` are in the order in which they were asked."""

    rules: tuple[Rule, ...]

    @classmethod
    def of(cls, rules: Iterator[Rule]) -> Self:
        """Ask rule after rule; the first that denies ends the chain."""
        asked: list[Rule] = []
        for rule in rules:
            asked.append(rule)
            if rule.holds is False:
                break
        return cls(tuple(asked))

    @property
    def decisive(self) -> Rule:
        """The first denial; when there is none, the last rule that allowed."""
        for rule in self.rules:
            if rule.holds is False:
                return rule
        return [rule for rule in self.rules if rule.holds][-1]

    @property
    def allowed(self) -> bool:
        return all(rule.holds is not False for rule in self.rules) and any(
            rule.holds for rule in self.rules
        )

    @property
    def reason(self) -> str:
        return self.decisive.says


def tenant_rule(standing: Standing | None, firm_id: int) -> Rule:
    if standing is None or standing.firm_id != firm_id:
        return Rule("Firm", False, "{You} {do} not work here.")
    return Rule("Firm", True, "{You} {work} at this firm.")


def person_rules(standing: Standing | None, firm_id: int) -> Iterator[Rule]:
    """The first rules of every chain: the firm, then the person (design 3, rules 1 and 2)."""
    yield tenant_rule(standing, firm_id)
    assert standing is not None
    if standing.must_enrol:
        says = "The firm requires two-factor sign-in, and {you} {have} not set it up."
        yield Rule("Second factor", False, says)


def firm_rules(standing: Standing | None, firm_id: int, permission: str) -> Iterator[Rule]:
    """Rules for what belongs to the firm as a whole: the parent role decides."""
    yield from person_rules(standing, firm_id)
    assert standing is not None
    yield role_rule(permission, standing.holds(permission))


def branch_rules(
    standing: Standing | None, firm_id: int, branch_id: int, permission: str
) -> Iterator[Rule]:
    """Rules for what belongs to one branch: the parent role or the branch role decides."""
    yield from person_rules(standing, firm_id)
    assert standing is not None
    yield role_rule(permission, standing.holds(permission, branch_id))


def role_rule(permission: str, holds: bool) -> Rule:
    label = Permission.label_of(permission)
    says = "{Your} role includes “%s”." if holds else "{Your} role lacks “%s”."
    return Rule("Role", holds, says % label)
