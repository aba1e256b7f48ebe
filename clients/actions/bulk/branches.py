"""Transfer to different branch (F-086a), with the team effects of the single form."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from clients.actions.assignments import tie_permission
from clients.actions.bulk.plans import Facts, Plan, Work, before_of
from clients.actions.judging import Result
from clients.actions.transfers import (
    CLOSED,
    cause,
    foreigners,
    lock_target,
    move,
    obstacles,
    outcome,
)
from clients.models import BulkItem, BulkOutcome, Connection, TeamAssignment
from clients.permissions import CHANGE_BRANCH
from clients.roles import BillingModel
from practice.errors import Refused
from practice.history import because
from practice.models import Branch
from practice.permissions import Verdict

KEPT = ("role", "is_primary", "reason", "granted_by_id")


class TransferWork(Work):
    permission = CHANGE_BRANCH

    def lock(self) -> None:
        super().lock()
        self.branch = lock_target(self.branch, self.standing)

    @property
    def branch(self) -> Branch:
        found: Branch | None = self.__dict__.get("_branch")
        if found is None:
            rows = Branch.objects.filter(firm_id=self.run.firm_id)
            found = self.branch = rows.get(pk=self.parameters["branch"])
        return found

    @branch.setter
    def branch(self, branch: Branch) -> None:
        self.__dict__["_branch"] = branch

    @cached_property
    def closed_target(self) -> str:
        """Why nobody, or not this person, moves clients there; the commit asks again and locks."""
        if self.branch.is_archived:
            return CLOSED.format(self.branch.name)
        verdict = Verdict.of(self.branch.rules(self.standing, CHANGE_BRANCH))
        return "" if verdict.allowed else f"{self.branch.name}: {verdict.reason}"

    def read(self, rows: Sequence[Connection]) -> None:
        ties = TeamAssignment.objects.running()
        ties = ties.filter(content_object_id__in=[row.pk for row in rows])
        self.ties: dict[int, list[TeamAssignment]] = defaultdict(list)
        for tie in ties.order_by("user_id"):
            self.ties[tie.content_object_id].append(tie)
        people = {tie.user_id for found in self.ties.values() for tie in found}
        self.leaving = foreigners(people, self.branch)
        self.obstacles = obstacles(rows, self.branch)

    def plan(self, row: Connection, verdict: Verdict) -> Plan:
        ties = self.ties[row.pk]
        lost = [tie for tie in ties if tie.user_id in self.leaving]
        if self.closed_target:
            return Plan(BulkOutcome.SKIPPED, self.closed_target, self.state(row), self.state(row))
        says = outcome(row, self.branch, verdict, self.obstacles.get(row.pk, ""))
        before = self.state(row) | {"lost": [facts_of(tie) for tie in lost]}
        staying = [pair(tie) for tie in ties if tie.user_id not in self.leaving]
        plan = Plan.of(says, before, {"branch": self.branch.pk, "ties": staying})
        if says.result != Result.CHANGED:
            return plan
        return Plan(plan.outcome, self.in_words(row, says.why, lost), plan.before, plan.after)

    def in_words(self, row: Connection, says: str, lost: Sequence[TeamAssignment]) -> str:
        """London → Dublin; Mia Ray loses access; billed in EUR."""
        names = sorted(self.leaving[tie.user_id] for tie in lost)
        parts = [says]
        if names:
            shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
            parts.append(f"no longer assigned: {shown}")
        is_ours = row.billing_model == BillingModel.BILL_US
        if is_ours and row.branch.currency != self.branch.currency:
            parts.append(f"billed in {self.branch.currency} from then on")
        return "; ".join(parts)

    def state(self, row: Connection) -> Facts:
        return {"branch": row.branch_id, "ties": [pair(tie) for tie in self.ties[row.pk]]}

    def write(self, rows: Sequence[Connection]) -> None:
        reason = self.run.reason
        with because(cause(self.branch, reason), by=self.user):
            move(rows, self.branch, by=self.user, reason=reason)

    def lock_for_undo(self, items: Sequence[BulkItem]) -> None:
        """The branches that clients go back to, in the order of their ids."""
        Work.lock(self)
        self.sources: dict[int, Branch] = {}
        self.closed: dict[int, str] = {}
        wanted = {item.before["branch"] for item in items if item.before}
        for branch in Branch.objects.filter(firm_id=self.run.firm_id, pk__in=wanted).order_by("pk"):
            try:
                self.sources[branch.pk] = lock_target(branch, self.standing)
            except Refused as refusal:
                self.closed[branch.pk] = str(refusal)

    def refusals(self, rows: Iterable[Connection], items: Mapping[int, BulkItem]) -> dict[int, str]:
        sources = {row.pk: before_of(items[row.pk])["branch"] for row in rows}
        return {pk: self.closed[source] for pk, source in sources.items() if source in self.closed}

    def restore(self, rows: Sequence[Connection], items: Mapping[int, BulkItem]) -> None:
        """Back to where each came from, and the assignments that ended with the move."""
        groups: dict[int, list[Connection]] = defaultdict(list)
        for row in rows:
            groups[before_of(items[row.pk])["branch"]].append(row)
        for branch_id, group in sorted(groups.items()):
            branch = self.sources[branch_id]
            with because(cause(branch, self.undo_reason), by=self.user):
                move(group, branch, by=self.user, reason=self.undo_reason)
                self.give_back(group, branch, items)

    def give_back(
        self, rows: Sequence[Connection], branch: Branch, items: Mapping[int, BulkItem]
    ) -> None:
        """Not to people who may not hold an assignment there any more."""
        lost = [(row, facts) for row in rows for facts in before_of(items[row.pk])["lost"]]
        gone = foreigners({facts["user_id"] for _, facts in lost}, branch)
        permission = tie_permission()
        TeamAssignment.objects.bulk_create(
            [
                TeamAssignment(
                    firm_id=row.firm_id,
                    content_object=row,
                    permission=permission,
                    **{**facts, **moments_of(facts)},
                )
                for row, facts in lost
                if facts["user_id"] not in gone
            ],
            batch_size=1000,
        )


def pair(tie: TeamAssignment) -> list[Any]:
    return [tie.user_id, tie.role]


def facts_of(tie: TeamAssignment) -> Facts:
    """All that it takes to give the assignment back."""
    ends_at = tie.ends_at.isoformat() if tie.ends_at else None
    moments = {"granted_at": tie.granted_at.isoformat(), "ends_at": ends_at}
    return {"user_id": tie.user_id, **{name: getattr(tie, name) for name in KEPT}, **moments}


def moments_of(facts: Facts) -> dict[str, datetime | None]:
    return {
        name: datetime.fromisoformat(facts[name]) if facts[name] else None
        for name in ("granted_at", "ends_at")
    }
