"""After a step: who may do what, asked of the application in all its forms and of the model.

`explain` is asked about every client that the step touched, of every person, on the row that stands
there. `has_perm` is asked about every client, person and right on rows read as a page reads them,
once at the end of each run; and one queryset, in turn, after every fifth step that did something.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bench import states_model as m
from bench.states_cast import PEOPLE
from bench.states_checks import Checks
from bench.states_returns import Life
from bench.states_rows import KEPT
from bench.states_world import World
from clients import permissions as p
from clients.models import Connection, TeamAssignment
from practice.auth import explain
from practice.models import User
from practice.permissions import Standing

ASKED = {
    m.VIEW: p.VIEW_CLIENT,
    m.OPEN: p.OPEN_ACCOUNT,
    m.EDIT: p.UPDATE_CLIENTS,
    m.PAUSE: p.PAUSE_CLIENTS,
    m.DISCONNECT: p.DISCONNECT_CLIENTS,
    m.EXPORT: p.EXPORT_CLIENTS,
}
ENTRY = (m.VIEW, m.OPEN)  # the client's pages, and the client's account
QUESTIONS = [(person.name, what) for person in PEOPLE for what in ASKED]
STRIDE = 7  # through the questions, so that people and rights alternate
LISTED_EVERY = 5  # steps that did something
TIE = ("content_object_id", "user_id", "role")


@dataclass
class Doors:
    """Who may open what: of everybody, and of the querysets one question in turn."""

    world: World
    life: Life
    checks: Checks
    turn: int

    def problems(self, touched: set[int]) -> Iterator[str]:
        """About the clients that the step touched; one person in turn is asked everything."""
        self.turn += 1
        whole, what = QUESTIONS[self.turn * STRIDE % len(QUESTIONS)]
        roles = self.running()
        for number in sorted(touched):
            row = self.as_checked(number)
            for name, user, standing in self.people():
                row.remember_tie(standing, roles.get((row.pk, user.pk)))
                for asked in ASKED if name == whole else ENTRY:
                    answer = explain(user, ASKED[asked], row).allowed
                    yield from self.compare(name, asked, number, answer)
        if self.turn % LISTED_EVERY == 0:
            yield from self.listed(whole, what)

    def all_problems(self) -> Iterator[str]:
        """About everything: each row once more from the database, as the pages read it."""
        rows = Connection.objects.filter(firm_id=self.firm_id).select_related("branch")
        roles = self.running()
        for number, row in enumerate(rows.order_by("pk")):
            for name, user, standing in self.people():
                row.remember_tie(standing, roles.get((row.pk, user.pk)))
                for asked, permission in ASKED.items():
                    yield from self.compare(name, asked, number, user.has_perm(permission, row))
            yield from self.strangers(number, row)

    def strangers(self, number: int, row: Connection) -> Iterator[str]:
        """Who holds nothing at the firm is refused before any rule is asked."""
        for name, user in self.world.stage.users.items():
            if user.known_standings[self.firm_id] is None:
                answer = explain(user, p.VIEW_CLIENT, row).allowed
                yield from self.compare(name, m.VIEW, number, answer)

    @property
    def firm_id(self) -> int:
        return int(self.world.stage.firm.pk)

    def people(self) -> Iterator[tuple[str, User, Standing]]:
        for name, user in self.world.stage.users.items():
            if standing := user.known_standings[self.firm_id]:
                yield name, user, standing

    def running(self) -> dict[tuple[int, int], str]:
        """(client, person) → role."""
        ties = TeamAssignment.objects.running().filter(firm_id=self.firm_id).order_by()
        return {(client, user): role for client, user, role in ties.values_list(*TIE)}

    def as_checked(self, number: int) -> Connection:
        """The row as the checks of this step have just read it."""
        row, stage = self.checks.rows[number], self.world.stage
        facts = {**row.facts, **dict(zip(KEPT, row.kept, strict=True))}
        return Connection(
            pk=row.pk, firm_id=self.firm_id, branch=stage.branches[row.branch], **facts
        )

    def compare(self, name: str, what: str, number: int, answer: bool) -> Iterator[str]:
        if answer != self.life.may(name, what, self.life.clients[number]):
            yield f"{name} may {what} {number}: {answer}, the papers say {not answer}"

    def listed(self, name: str, what: str) -> Iterator[str]:
        """The plural form of one question: the clients of which the answer is yes."""
        user = self.world.stage.users[name]
        found = Connection.objects.permitted(user, self.firm_id, ASKED[what])
        numbers = {row.pk: number for number, row in enumerate(self.world.rows)}
        seen = {numbers[pk] for pk in found.order_by().values_list("pk", flat=True)}
        may = {one.number for one in self.life.clients if self.life.may(name, what, one)}
        if seen != may:
            yield f"{name} may {what}: {sorted(seen)} are listed, the papers say {sorted(may)}"
