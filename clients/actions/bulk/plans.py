"""What one of the six actions would do to each client, and doing it; the rest is the same for all.

A *plan* says what happens to one client and why. The dry run keeps plans as rows; the commit plans
again behind the lock, and does only what comes out the same, so the dry run is binding.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clients.actions.judging import Outcome, Result, judge
from clients.models import BulkItem, BulkOutcome, BulkRun, Connection
from clients.permissions import VIEW_CLIENT
from practice.actions.limits import lock_rights, standing_now
from practice.models import User
from practice.permissions import Standing, Verdict

OUTCOMES = {
    Result.CHANGED: BulkOutcome.WILL_CHANGE,
    Result.UNCHANGED: BulkOutcome.UNCHANGED,
    Result.REFUSED: BulkOutcome.SKIPPED,
}
Facts = dict[str, Any]  # of one client, as JSON keeps them


@dataclass(frozen=True)
class Plan:
    """`before` is None for a client that the person may not even see."""

    outcome: str
    reason: str
    before: Facts | None = None
    after: Facts | None = None

    @classmethod
    def of(cls, outcome: Outcome, before: Facts, after: Facts) -> "Plan":
        return cls(OUTCOMES[outcome.result], outcome.why, before, after)

    @property
    def will_change(self) -> bool:
        return self.outcome == BulkOutcome.WILL_CHANGE

    def is_as_announced(self, item: BulkItem) -> bool:
        now = (self.outcome, self.reason[:300], self.before, self.after)
        return now == (item.outcome, item.reason, item.before, item.after)


class Work:
    """One action by one person, with their rights of this moment; for one batch.

    Subclasses say what they need locked, read in sets what they compare, and plan row by row.
    """

    permission: str = VIEW_CLIENT

    def __init__(self, run: BulkRun, user: User, *, is_writing: bool = False) -> None:
        self.run, self.user, self.is_writing = run, user, is_writing
        self.standing: Standing = standing_now(user, run.firm_id)
        self.parameters: Facts = run.parameters

    def lock(self) -> None:
        """What is locked before clients: rights first (design 4)."""
        lock_rights(self.run.firm_id)
        self.standing = standing_now(self.user, self.run.firm_id)

    def lock_for_undo(self, items: Sequence[BulkItem]) -> None:  # noqa: ARG002
        self.lock()

    def plans(self, rows: Sequence[Connection]) -> dict[int, Plan]:
        """By client; who is out of sight is in it only with a branch to name (F-087a)."""
        verdicts = judge(rows, self.permission, self.standing)
        self.read([row for row, _ in verdicts.values()])
        plans = {pk: self.plan(row, verdict) for pk, (row, verdict) in verdicts.items()}
        for row in rows:
            if row.pk not in plans and self.is_elsewhere(row):
                reason = f"no access to branch {row.branch.name}"
                plans[row.pk] = Plan(BulkOutcome.SKIPPED, reason)
        return plans

    def is_elsewhere(self, row: Connection) -> bool:
        return self.standing.parent_role is None and row.branch_id not in self.standing.branches

    def read(self, rows: Sequence[Connection]) -> None:
        """In sets, what `plan` and `state` compare."""

    def plan(self, row: Connection, verdict: Verdict) -> Plan:
        raise NotImplementedError

    def state(self, row: Connection) -> Facts:
        """What the action is about, as the client has it now."""
        raise NotImplementedError

    def write(self, rows: Sequence[Connection]) -> Mapping[int, Facts] | None:
        """Change the clients; returns their states then, where the plans could not know them."""
        raise NotImplementedError

    def refusals(
        self,
        rows: Iterable[Connection],  # noqa: ARG002
        items: Mapping[int, BulkItem],  # noqa: ARG002
    ) -> dict[int, str]:
        """Why some clients cannot be given back what they had, beyond the permission."""
        return {}

    def restore(self, rows: Sequence[Connection], items: Mapping[int, BulkItem]) -> None:
        """Give the clients back what `before` says."""
        raise NotImplementedError

    @property
    def undo_reason(self) -> str:
        return f"Undone: {self.run}"


def before_of(item: BulkItem) -> Facts:
    assert item.before is not None
    before: Facts = item.before
    return before
