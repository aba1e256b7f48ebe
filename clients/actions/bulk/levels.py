"""Change access levels (F-086c): what the clients' own people may do."""

from collections.abc import Mapping, Sequence

from django.db import connection as database

from clients.actions.access_levels import chosen_features, outcome, write
from clients.actions.bulk.plans import Facts, Plan, Work, before_of
from clients.actions.events import record_lines
from clients.models import BulkItem, Connection, EventKind
from clients.permissions import UPDATE_ACCESS
from clients.roles import AccessLevel
from practice.history import because
from practice.permissions import Verdict

RESTORE = """
UPDATE clients_connection SET access_level = said.level, access_features = said.features::text[],
  access_reason = said.reason
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])
  AS said (id, level, features, reason)
WHERE clients_connection.id = said.id
"""


class LevelWork(Work):
    permission = UPDATE_ACCESS

    @property
    def level(self) -> AccessLevel:
        return AccessLevel(self.parameters["level"])

    @property
    def features(self) -> list[str]:
        return chosen_features(self.level, self.parameters.get("features", ()))

    def state(self, row: Connection) -> Facts:
        return {
            "level": str(row.access_level),
            "features": list(row.access_features),
            "reason": row.access_reason,
        }

    def plan(self, row: Connection, verdict: Verdict) -> Plan:
        reason = self.run.reason
        says = outcome(row, verdict, self.level, self.features, reason)
        after = {"level": self.level.value, "features": self.features, "reason": reason}
        return Plan.of(says, self.state(row), after)

    def write(self, rows: Sequence[Connection]) -> None:
        write(rows, self.level, self.features, by=self.user, reason=self.run.reason)

    def restore(self, rows: Sequence[Connection], items: Mapping[int, BulkItem]) -> None:
        olds = [before_of(items[row.pk]) for row in rows]
        columns = [
            [row.pk for row in rows],
            [old["level"] for old in olds],
            ["{" + ",".join(old["features"]) + "}" for old in olds],
            [old["reason"] for old in olds],
        ]
        with because(self.undo_reason, by=self.user), database.cursor() as cursor:
            cursor.execute(RESTORE, columns)
        lines = [
            (row, f"{self.user} set the client access level back to {label(old)} (undo)")
            for row, old in zip(rows, olds, strict=True)
        ]
        record_lines(lines, EventKind.ACCESS, by=self.user)


def label(old: Facts) -> str:
    return str(AccessLevel(old["level"]).label)
