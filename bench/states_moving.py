"""What a step may be: each names its client, most of the time one that it may happen to."""

from datetime import timedelta

from bench import states_model as m
from bench.states_run import MOST_CLIENTS, Run

WHY = "Soak"
LITTLE = timedelta(microseconds=1)


class Moving(Run):
    def pause(self, by: str, number: int, words: str, days: int | None) -> None:
        until = None if days is None else self.life.today + timedelta(days=days)
        told = self.client(number, *m.CONNECTED), words, until
        self.step("pause", by, *told, by=by, says=WHY)

    def resume(self, by: str, number: int) -> None:
        told = self.client(number, m.PAUSED)
        self.step("resume", by, told, by=by, says=WHY, told=[WHY])

    def disconnect(self, by: str, number: int, reason: str, note: str) -> None:
        told = self.client(number, *m.CONNECTED), reason, note
        self.step("disconnect", by, *told, by=by, says=reason)

    def leave(self, by: str, number: int) -> None:
        owned = [one.number for one in self.life.clients if one.billing_model == m.CLIENT_PAYS]
        self.step("leave", by, owned[number % len(owned)], by=by, says="Client request")

    def transfer(self, by: str, number: int, branch: str) -> None:
        told = self.client(number, m.ACTIVE), branch
        self.step("transfer", by, *told, by=by, says=WHY, told=[WHY])

    def assign(self, by: str, number: int, roles: dict[str, str], days: int | None) -> None:
        ends_at = None if days is None else self.life.now + timedelta(days=days)
        told = self.client(number, m.ACTIVE), roles, ends_at
        self.step("assign", by, *told, by=by, says=WHY, told=[WHY])

    def remove(self, by: str, number: int, name: str) -> None:
        """Mostly somebody who is assigned."""
        client = self.client(number, m.ACTIVE)
        tied = sorted(self.life.clients[client].ties)
        whom = tied[number % len(tied)] if tied and number else name
        self.step("remove", by, client, whom, by=by, says=WHY, told=[WHY])

    def set_level(self, by: str, number: int, level: str, some: list[str]) -> None:
        told = self.client(number, m.ACTIVE), level, some, WHY
        self.step("set_level", by, *told, by=by, says=WHY)

    def restrict(self, by: str, number: int, is_restricted: bool) -> None:
        told = self.client(number, m.ACTIVE), is_restricted
        self.step("restrict", by, *told, by=by, says=WHY, told=[WHY])

    def visit(self, by: str, number: int) -> None:
        """Mostly by somebody who is assigned."""
        clients = self.life.clients
        ways = [(name, one.number) for one in clients for name in sorted(one.ties)]
        who, client = ways[self.life.now.minute % len(ways)] if ways and number else (by, number)
        self.step("visit", who, client % len(clients), by=who)

    def ask_back(self, by: str, number: int) -> None:
        self.step("ask_back", by, self.client(number, m.DISCONNECTED), by=by, says="reconnect")

    def offer_anew(self, by: str, number: int, model: str) -> None:
        told = self.client(number, m.DISCONNECTED), model
        self.step("offer_anew", by, *told, by=by, says="link")

    def cancel(self, by: str, number: int) -> None:
        self.step("cancel", by, self.client(number, m.RECONNECTING), by=by, says="Cancelled")

    def accept(self, by: str | None, number: int) -> None:
        """Mostly what waits, by the owner; old links too. Where there is room for a client."""
        waiting = [one.number for one in self.life.clients if self.life.waiting(one)]
        some = waiting or [one.number for one in self.life.clients if one.invitations]
        if some and len(self.life.clients) < MOST_CLIENTS:
            client = some[number % len(some)]
            who = (self.life.clients[client].account.owner or by) if number else by
            self.step("accept", who, client, by=who, says="accepted")

    def give_ownership(self, by: str, number: int) -> None:
        told = self.client(number, *m.CONNECTED)
        self.step("give_ownership", by, told, by=by, says="ownership")

    def take_ownership(self, by: str, number: int) -> None:
        archived = [one.number for one in self.life.clients if one.account.archived_at]
        told = archived[number % len(archived)] if archived else self.client(number)
        self.step("take_ownership", by, told, by=by, says="Client request")

    def wait(self, hours: int) -> None:
        self.move_clock(self.life.now + timedelta(hours=hours))
        self.step("look")

    def wait_for_an_end(self, is_before: bool) -> None:
        """To the very instant at which something ends, or just before it."""
        if ends := self.life.next_ends():
            self.move_clock(ends[0] - LITTLE if is_before else ends[0])
            self.step("look")

    def work(self, job: str) -> None:
        """As the worker does."""
        self.step(job)
