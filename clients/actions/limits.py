"""Nobody gives more than they have: what somebody may give and take on the clients at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self

from clients.models import Connection, TeamAssignment
from clients.models.assignments import end_words, is_later
from clients.permissions import GRANT_ACCESS, REVOKE_ACCESS, TIE_GRANTS, connection_rules
from clients.roles import ClientRole
from practice.auth import find_standing
from practice.errors import Refused
from practice.models import User
from practice.permissions import Permission, Standing, Verdict

WIDEST_FIRST = (ClientRole.FULL, ClientRole.LIMITED, ClientRole.VIEW_ONLY)


@dataclass(frozen=True)
class Giver:
    """Who gives or takes access, with their rights of this moment and their own ties.

    Clients that are alike to the rules are asked about once, so thousands cost little.
    """

    user_id: int
    standing: Standing | None
    ties: Mapping[int, TeamAssignment]  # by connection id
    answers: dict[tuple[object, ...], str] = field(default_factory=dict)

    @classmethod
    def of(cls, by: User, connections: Sequence[Connection]) -> Self:
        firm_id = connections[0].firm_id
        own = TeamAssignment.objects.of(by.pk, firm_id)
        own = own.filter(content_object__in=[row.pk for row in connections])
        return cls(by.pk, find_standing(by, firm_id), {tie.content_object_id: tie for tie in own})

    def why_not(self, permission: str, connection: Connection) -> str:
        """The reason that `explain` gives, or "" where it says yes."""
        tie = self.ties.get(connection.pk)
        role = tie.role if tie else None
        state = (connection.status, connection.is_restricted)
        alike = (permission, connection.branch_id, *state, role)
        if alike not in self.answers:
            if self.standing:
                connection.remember_tie(self.standing, role)
            facts = connection.facts_for(self.standing, permission)
            verdict = Verdict.of(connection_rules(self.standing, facts, permission))
            self.answers[alike] = "" if verdict.allowed else verdict.reason
        return self.answers[alike]

    def beyond(self, role: str, connection: Connection) -> str:
        """What the role includes and the giver does not hold, in words; or ""."""
        lacking = sorted(code for code in TIE_GRANTS[role] if self.why_not(code, connection))
        return f"“{Permission.label_of(lacking[0])}”" if lacking else ""

    def roles(self, connection: Connection) -> list[ClientRole]:
        """The roles for this client that they may give, the widest first."""
        if self.why_not(GRANT_ACCESS, connection):
            return []
        return [role for role in WIDEST_FIRST if not self.beyond(role, connection)]

    def latest_end(self, role: str, connection: Connection) -> datetime | None:
        """Who may give by their own assignment alone gives no longer than it runs."""
        tie = self.ties.get(connection.pk)
        if self.standing is None or tie is None or tie.ends_at is None:
            return None
        needed = (GRANT_ACCESS, *TIE_GRANTS[role])
        by_tie = self.standing.lacking(needed, connection.branch_id)
        return tie.ends_at if by_tie else None

    def refuse_change(
        self,
        connection: Connection,
        user_id: int,
        before: TeamAssignment | None,
        role: str,
        ends_at: datetime | None,
    ) -> None:
        """Widening or prolonging is giving, narrowing or shortening is taking (F-057)."""
        if before is None:
            self.refuse_giving(connection, role, ends_at)
            return
        old, new = TIE_GRANTS[before.role], TIE_GRANTS[role]
        if new - old or is_later(ends_at, before.ends_at):
            self.refuse_giving(connection, role, ends_at)
        if user_id != self.user_id and (old - new or is_later(before.ends_at, ends_at)):
            self.refuse_taking(connection)

    def refuse_giving(self, connection: Connection, role: str, ends_at: datetime | None) -> None:
        name, label = connection.name, ClientRole(role).label
        why = self.why_not(GRANT_ACCESS, connection)
        if why:
            raise Refused(f"You cannot give access to {name}. {why}")
        lacking = self.beyond(role, connection)
        if lacking:
            raise Refused(
                f"You cannot give {label} for {name}: it includes {lacking}, which you do not"
                " hold there yourself."
            )
        latest = self.latest_end(role, connection)
        if latest and is_later(ends_at, latest):
            raise Refused(
                f"Your own assignment to {name} ends on {end_words(latest)}: you cannot"
                " give access beyond it."
            )

    def refuse_taking(self, connection: Connection) -> None:
        why = self.why_not(REVOKE_ACCESS, connection)
        if why:
            raise Refused(f"You cannot take access to {connection.name} from others. {why}")
