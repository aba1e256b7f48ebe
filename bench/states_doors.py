"""After a step: who may do what, asked of the application in both its forms and of the model."""

from collections.abc import Iterator
from dataclasses import dataclass

from bench import states_model as m
from bench.states_cast import PEOPLE
from bench.states_returns import Life
from bench.states_world import World
from clients import permissions as p
from clients.models import Connection, TeamAssignment
from clients.models.connections import ConnectionQuerySet
from practice.auth import explain

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
TIE = ("content_object_id", "user_id", "role")


@dataclass
class Doors:
    """Who may open what: of everybody, and of the querysets one question in turn."""

    world: World
    life: Life
    turn: int

    def problems(self, touched: set[int]) -> Iterator[str]:
        """About the clients that the step touched; one person in turn is asked everything."""
        self.turn += 1
        whole = QUESTIONS[self.turn * STRIDE % len(QUESTIONS)][0]
        rows = list(self.rows().select_related("branch").order_by("pk"))
        running = TeamAssignment.objects.running().filter(firm_id=self.firm_id).order_by()
        roles = {(client, user): role for client, user, role in running.values_list(*TIE)}
        for number in sorted(touched):
            for name in self.world.stage.users:
                asked = tuple(ASKED) if name == whole else ENTRY
                yield from self.compare(name, asked, number, rows[number], roles)
        yield from self.listed()

    @property
    def firm_id(self) -> int:
        return int(self.world.stage.firm.pk)

    def rows(self) -> ConnectionQuerySet:
        return Connection.objects.filter(firm_id=self.firm_id)

    def compare(
        self,
        name: str,
        asked: tuple[str, ...],
        number: int,
        row: Connection,
        roles: dict[tuple[int, int], str],
    ) -> Iterator[str]:
        user = self.world.stage.users[name]
        standing = user.known_standings[self.firm_id]
        if standing:
            row.remember_tie(standing, roles.get((row.pk, user.pk)))
        for what in asked if standing else asked[:1]:
            answer = explain(user, ASKED[what], row).allowed
            if answer != self.life.may(name, what, self.life.clients[number]):
                yield f"{name} may {what} {number}: {answer}, the papers say {not answer}"

    def listed(self) -> Iterator[str]:
        """The plural form of one question: the clients of which the answer is yes."""
        name, what = QUESTIONS[self.turn * STRIDE % len(QUESTIONS)]
        user = self.world.stage.users[name]
        found = Connection.objects.permitted(user, self.firm_id, ASKED[what])
        numbers = {row.pk: number for number, row in enumerate(self.world.rows)}
        seen = {numbers[pk] for pk in found.order_by().values_list("pk", flat=True)}
        may = {one.number for one in self.life.clients if self.life.may(name, what, one)}
        if seen != may:
            yield f"{name} may {what}: {sorted(seen)} are listed, the papers say {sorted(may)}"
