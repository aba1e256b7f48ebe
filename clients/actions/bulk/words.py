"""Add tags (F-086e): existing ones stay."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from clients.actions import tagging
from clients.actions.bulk.plans import Facts, Plan, Work, before_of
from clients.actions.events import record_lines
from clients.models import BulkItem, BulkOutcome, Connection, EventKind
from clients.permissions import UPDATE_CLIENTS
from practice.history import because
from practice.permissions import Verdict


class TagsWork(Work):
    permission = UPDATE_CLIENTS

    @cached_property
    def wanted(self) -> dict[str, str]:
        return tagging.spelled(self.parameters["names"])

    def read(self, rows: Sequence[Connection]) -> None:
        self.keys = tagging.keys_of(rows)

    def state(self, row: Connection) -> Facts:
        return {"tags": sorted(row.tag_ids)}

    def plan(self, row: Connection, verdict: Verdict) -> Plan:
        """A tag that is new to the firm has no id before it is written, so `after` has names."""
        before = self.state(row)
        missing = tagging.missing_on(row, self.wanted, self.keys)
        if not missing:
            return Plan(BulkOutcome.UNCHANGED, tagging.has_already(self.wanted), before, before)
        if not verdict.allowed:
            return Plan(BulkOutcome.SKIPPED, verdict.reason, before, before)
        after = {"added": sorted(missing)}
        return Plan(BulkOutcome.WILL_CHANGE, tagging.adds(missing), before, after)

    def write(self, rows: Sequence[Connection]) -> dict[int, Facts]:
        ids = tagging.put_on(rows, self.wanted, by=self.user, reason=self.run.reason)
        return {pk: {"tags": tags} for pk, tags in ids.items()}

    def restore(self, rows: Sequence[Connection], items: Mapping[int, BulkItem]) -> None:
        with because(self.undo_reason, by=self.user):
            tagging.write_tags(rows, {row.pk: before_of(items[row.pk])["tags"] for row in rows})
        lines = [(row, f"{self.user} took back the tags that were added (undo)") for row in rows]
        record_lines(lines, EventKind.TAGS, by=self.user)
