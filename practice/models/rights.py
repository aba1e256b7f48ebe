"""The history of one member's rights: granted, changed, withdrawn, by whom and when (F-017)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from practice.models.firms import Branch, BranchMembership, TeamMember
from practice.models.users import User
from practice.permissions import CATALOGUE
from practice.roles import BranchRole, ParentRole

WHOLE_FIRM = "Whole firm"
SYSTEM = "The system"
VERBS = {"+": "Granted", "~": "Changed", "-": "Withdrawn"}


@dataclass(frozen=True)
class RightsChange:
    """One line of the history; `words` say what is different."""

    at: datetime
    what: str
    where: str
    words: list[str]
    by: str
    reason: str


def rights_changes(member: TeamMember, branches: Iterable[Branch]) -> list[RightsChange]:
    """Newest first: the firm's own part, and that of these branches. Three statements."""
    names = {branch.pk: branch.name for branch in branches}
    places = BranchMembership.history.filter(
        firm_id=member.firm_id, member_id=member.pk, branch_id__in=names
    )
    rows = [
        *versions(places.order_by("history_id")),
        *versions(TeamMember.history.filter(id=member.pk).order_by("history_id")),
    ]
    people = names_of(row for row, _ in rows)
    found = [change(row, before, names, people) for row, before in rows]
    found.sort(key=lambda line: line.at, reverse=True)
    return [line for line in found if line.words]


def versions(rows: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Each version with the one before it."""
    before: dict[int, Any] = {}
    for row in rows:
        yield row, before.get(row.id)
        before[row.id] = row


def names_of(rows: Iterable[Any]) -> dict[int | None, str]:
    ids = {row.history_user_id for row in rows} - {None}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=ids)}


def change(
    row: Any, before: Any, branches: dict[int, str], people: dict[int | None, str]
) -> RightsChange:
    branch_id = getattr(row, "branch_id", None)
    words = place_words(row, before) if branch_id else member_words(row, before)
    return RightsChange(
        at=row.history_date,
        what=VERBS[row.history_type],
        where=branches[branch_id] if branch_id else WHOLE_FIRM,
        words=list(words),
        by=people.get(row.history_user_id, SYSTEM),
        reason=row.history_change_reason or "",
    )


def place_words(row: Any, before: Any) -> Iterator[str]:
    role = BranchRole(row.role).label
    if row.history_type == "-":
        yield f"Role {role} ended"
        return
    if before is None:
        yield f"Role {role}"
    elif before.role != row.role:
        yield f"Role {BranchRole(before.role).label} → {role}"
    yield from override_words(row, before)


def override_words(row: Any, before: Any) -> Iterator[str]:
    added, withdrawn = set(row.added), set(row.withdrawn)
    had, lacked = (set(before.added), set(before.withdrawn)) if before else (set(), set())
    yield from (f"Added {label(code)}" for code in sorted(added - had))
    yield from (f"Withdrew {label(code)}" for code in sorted(withdrawn - lacked))
    reset = sorted((had - added) | (lacked - withdrawn))
    yield from (f"{label(code)} as the role says" for code in reset)


def member_words(row: Any, before: Any) -> Iterator[str]:
    if row.history_type == "-":
        yield "Removed from the firm"
        return
    if before is None:
        yield "Joined the firm"
    role, had = row.parent_role, before.parent_role if before else ""
    if role != had:
        yield f"Parent role {parent_label(had)} → {parent_label(role)}"
    if before and before.is_active != row.is_active:
        yield "Came back to the firm" if row.is_active else "Left the firm"


def label(code: str) -> str:
    return f"“{CATALOGUE[code].label}”" if code in CATALOGUE else f"“{code}”"


def parent_label(role: str) -> str:
    return str(ParentRole(role).label) if role else "none"
