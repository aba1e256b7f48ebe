"""Who could open one client at an instant, how, since when and by whose grant (F-242, N4).

The rules are those of today's pages, `connection_rules`, put to the facts of that instant.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from clients import permissions as p
from clients.models.assignments import TeamAssignment
from clients.models.connections import Connection
from clients.models.ways import Way, ways
from practice.models.past import Change, FirmPast, PersonPast, alive, changes
from practice.permissions import Permission, Rule, Standing, Verdict

# The firm's access to the account has no past: visits are not kept as history (C14).
ASKED = tuple(code for code in p.OF_ONE_CLIENT if code != p.OPEN_ACCOUNT)


@dataclass(frozen=True)
class Access:
    """What one person could do with the client; `ways` begin with the one that decided."""

    user_id: int
    member_id: int
    ways: list[Way]
    permissions: tuple[str, ...]

    @property
    def writes(self) -> list[str]:
        return [Permission.label_of(code) for code in self.permissions if Permission.writes(code)]

    @property
    def reads(self) -> list[str]:
        reading = (code for code in self.permissions if not Permission.writes(code))
        return [Permission.label_of(code) for code in reading]


@dataclass(frozen=True)
class Moment:
    """Everybody and the client at one instant."""

    people: Mapping[int, PersonPast]
    client: list[Change]  # its changes so far
    ties: Mapping[int, list[Change]]  # by user id, the running ones
    branch_name: str

    @property
    def status(self) -> str:
        return str(self.client[-1].status)

    @property
    def is_restricted(self) -> bool:
        return bool(self.client[-1].is_restricted)

    @cached_property
    def facts(self) -> p.ConnectionFacts:
        latest = self.client[-1]
        return p.ConnectionFacts(
            firm_id=latest.firm_id,
            branch_id=latest.branch_id,
            branch_name=self.branch_name,
            status=latest.status,
            is_restricted=latest.is_restricted,
            tie_role=None,
        )

    @cached_property
    def access(self) -> dict[int, Access]:
        """User id → access, of those who could open the client."""
        answers: dict[object, tuple[str, ...]] = {}
        found = {}
        for user_id, person in self.people.items():
            tie = self.ties.get(user_id)
            alike = self._alike(person.standing, tie)
            if alike not in answers:
                answers[alike] = tuple(self._permissions(person.standing, tie))
            if p.VIEW_CLIENT in answers[alike]:
                grounds = ways(person, self.client, tie, self.branch_name)
                found[user_id] = Access(user_id, person.standing.member_id, grounds, answers[alike])
        return found

    def verdict(self, user_id: int) -> Verdict:
        """Why somebody could open it, or could not."""
        person = self.people.get(user_id)
        if person is None:
            return Verdict((Rule("Firm", False, "{You} {do} not work at this firm."),))
        return self._ask(person.standing, self.ties.get(user_id), p.VIEW_CLIENT)

    def _alike(self, standing: Standing, tie: list[Change] | None) -> object:
        """Whoever is alike to the rules is asked about once: a firm has few kinds of people."""
        return (
            standing.parent_role,
            standing.must_enrol,
            standing.branches.get(self.facts.branch_id),
            standing.holds_anywhere(p.CROSS_BRANCH),
            tie[-1].role if tie else None,
        )

    def _permissions(self, standing: Standing, tie: list[Change] | None) -> Iterator[str]:
        return (code for code in ASKED if self._ask(standing, tie, code).allowed)

    def _ask(self, standing: Standing, tie: list[Change] | None, permission: str) -> Verdict:
        facts = replace(self.facts, tie_role=tie[-1].role if tie else None)
        return Verdict.of(p.connection_rules(standing, facts, permission))


@dataclass(frozen=True)
class ClientPast:
    """All that is on record about access to one client, read once for every instant."""

    firm: FirmPast
    client: list[Change]
    ties: list[Change]

    @classmethod
    def of(cls, connection: Connection) -> "ClientPast":
        """A constant number of queries for any team (pinned in a test)."""
        here = {"firm_id": connection.firm_id}
        client = Connection.history.filter(id=connection.pk, **here)
        ties = TeamAssignment.history.filter(content_object_id=connection.pk, **here)
        return cls(
            firm=FirmPast.of(connection.firm),
            client=changes(client, "firm_id", "branch_id", "status", "is_restricted"),
            ties=changes(ties, "user_id", "role", "ends_at", "reason"),
        )

    def at(self, instant: datetime) -> Moment | None:
        """None before the client was there."""
        return self._moment(instant, self.firm.people_at(instant))

    def now(self, now: datetime) -> Moment | None:
        """As `explain` answers at this moment: switched-off logins and second factors count."""
        return self._moment(now, self.firm.people_now(now))

    def _moment(self, instant: datetime, people: dict[int, PersonPast]) -> Moment | None:
        client = alive(self.client, instant)
        if not client:
            return None
        [past] = client.values()
        names = self.firm.branch_names_at(instant)
        return Moment(people, past, self._ties_at(instant), names[past[-1].branch_id])

    def _ties_at(self, instant: datetime) -> dict[int, list[Change]]:
        latest = alive(self.ties, instant).values()
        return {past[-1].user_id: past for past in latest if runs(past[-1], instant)}


def runs(tie: Change, instant: datetime) -> bool:
    return tie.ends_at is None or tie.ends_at > instant
