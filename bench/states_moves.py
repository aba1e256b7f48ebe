"""What each move does to a relationship, by the papers: new facts, and rows of history (F-050…).

A move says what history and timeline gain, or raises `No`; then nothing has changed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from bench import states_model as m
from bench.states_model import Client, Rights, Tie

# (table, which row, "+" "~" "-", by whom) of history; ("event", client, kind, by whom)
Log = Counter[tuple[Any, ...]]


class No(Exception):
    """The move is refused."""


def need(is_true: object) -> None:
    if not is_true:
        raise No


def is_later(one: datetime | None, other: datetime | None) -> bool:
    """Whether the first end is later; None is no end at all."""
    return other is not None and (one is None or one > other)


class Moves(Rights):
    def look(self) -> Log:
        """Time has passed; nothing is written for that alone."""
        return Log()

    def pause(self, by: str, number: int, reason: str, until: date | None) -> Log:
        client = self.clients[number]
        need(reason.strip() and (until is None or until >= self.today))
        need(client.status == m.ACTIVE and self.may(by, m.PAUSE, client))
        client.status, client.paused_at, client.paused_until = m.PAUSED, self.now, until
        return Log([("client", number, "~", by), ("note", number, "+", by), status(number, by)])

    def resume(self, by: str | None, number: int) -> Log:
        client = self.clients[number]
        need(client.status == m.PAUSED and (by is None or self.may(by, m.PAUSE, client)))
        client.status, client.paused_at, client.paused_until = m.ACTIVE, None, None
        return Log([("client", number, "~", by), status(number, by)])

    def disconnect(self, by: str, number: int, reason: str, note: str) -> Log:
        client = self.clients[number]
        need(reason != "Other" or note.strip())
        need(self.may(by, m.DISCONNECT, client))
        return self.end(client, by, reason, note.strip()) + Log([("note", number, "+", by)])

    def leave(self, by: str, number: int) -> Log:
        """By the owner of an account that pays for itself (C3)."""
        client = self.clients[number]
        need(client.account.owner == by and client.status in m.CONNECTED)
        need(client.billing_model == m.CLIENT_PAYS)
        return self.end(client, by, "Client request")

    def end(self, client: Client, by: str, reason: str, note: str = "") -> Log:
        """The period closes for good, all assignments end, an unpaid account is archived (C35)."""
        log = Log([("client", client.number, "~", by), ("period", client.number, "~", by)])
        log += Log([status(client.number, by)])
        log += Log(("tie", (client.number, name), "-", by) for name in client.ties)
        client.ties.clear()
        client.status, client.paused_at, client.paused_until = m.DISCONNECTED, None, None
        client.disconnected_at, client.disconnect_reason = self.now, reason
        client.disconnect_note = note
        client.periods[-1] = (client.periods[-1][0], self.today, reason)
        account = client.account
        if client.billing_model == m.BILL_US and not account.held and not account.archived_at:
            account.archived_at = self.now
            log["account", account.name, "~", by] += 1
        return log

    def transfer(self, by: str, number: int, branch: str) -> Log:
        """It takes the right on both branches; who may not work there is off the client (C13)."""
        client = self.clients[number]
        need(branch != "Cork" and self.people[by].manages(branch))  # Cork is archived
        need(self.sees(by, client))
        if client.branch == branch:
            return Log()
        need(self.may(by, m.MOVE, client))
        leaving = [name for name in client.ties if not self.people[name].may_keep(branch)]
        for name in leaving:
            del client.ties[name]
        client.branch = branch
        log = Log([("client", number, "~", by), ("event", number, "transfer", by)])
        return log + Log(("tie", (number, name), "-", by) for name in leaving)

    def assign(
        self, by: str, number: int, roles: Mapping[str, str], ends_at: datetime | None
    ) -> Log:
        """All of them or none. What ran out before is taken off first."""
        client = self.clients[number]
        need(ends_at is None or ends_at > self.now)
        changing = [name for name in roles if self.changes(name, client, roles[name], ends_at)]
        for name in changing:
            self.need_right_to_change(by, name, client, roles[name], ends_at)
        log = self.sweep(client, roles)
        for name in changing:
            log["tie", (number, name), "~" if name in client.ties else "+", by] += 1
            log[access(number, by)] += 1
            client.ties[name] = Tie(roles[name], ends_at)
        return log

    def changes(self, name: str, client: Client, role: str, ends_at: datetime | None) -> bool:
        return self.tie(name, client) != Tie(role, ends_at)

    def need_right_to_change(
        self, by: str, name: str, client: Client, role: str, ends_at: datetime | None
    ) -> None:
        """Widening or prolonging is giving, narrowing or shortening is taking (F-057)."""
        before = self.tie(name, client)
        if before is None:
            need(self.people[name].may_be_given(client.branch))
        if before is None or is_wider(role, ends_at, before.role, before.ends_at):
            self.need_right_to_give(by, client, ends_at)
        if before and by != name and is_wider(before.role, before.ends_at, role, ends_at):
            need(self.may(by, m.REVOKE, client))

    def need_right_to_give(self, by: str, client: Client, ends_at: datetime | None) -> None:
        """Nobody gives more than they have, nor longer."""
        need(self.may(by, m.GRANT, client))
        own = self.tie(by, client)
        if own and not self.people[by].manages(client.branch):
            need(not is_later(ends_at, own.ends_at))

    def remove(self, by: str, number: int, name: str) -> Log:
        """One's own may always be given up."""
        client = self.clients[number]
        need(by == name or self.may(by, m.REVOKE, client))
        if client.ties.pop(name, None) is None:
            return Log()
        return Log([("tie", (number, name), "-", by), access(number, by)])

    def set_level(self, by: str, number: int, level: str, features: list[str], why: str) -> Log:
        client = self.clients[number]
        chosen = features if level == "custom" else []
        need((chosen or level != "custom") and self.sees(by, client))
        is_same = (client.access_level, client.access_features) == (level, chosen)
        if is_same and why in {"", client.access_reason}:
            return Log()
        need(self.may(by, m.LEVEL, client))
        client.access_level, client.access_features, client.access_reason = level, chosen, why
        return Log([("client", number, "~", by), access(number, by)])

    def restrict(self, by: str, number: int, is_restricted: bool) -> Log:
        """Nobody shuts themselves out (F-060)."""
        client = self.clients[number]
        need(self.may(by, m.LEVEL, client))
        is_named = self.people[by].parent_role == m.SUPER_ADMIN or self.tie(by, client)
        need(not is_restricted or is_named)
        if client.is_restricted == is_restricted:
            return Log()
        client.is_restricted = is_restricted
        return Log([("client", number, "~", by), access(number, by)])

    def visit(self, by: str, number: int) -> Log:
        """Renews the firm's access for sixty days (C14)."""
        need(self.may(by, m.OPEN, self.clients[number]))
        self.clients[number].last_accessed_at = self.now
        return Log([("event", number, "opened", by)])

    def sweep(self, client: Client, names: Iterable[str]) -> Log:
        log = Log()
        for name in [one for one in names if one in client.ties]:
            if self.tie(name, client) is None:
                del client.ties[name]
                log += Log([("tie", (client.number, name), "-", None), access(client.number, None)])
        return log

    def sweep_ties(self) -> Log:
        return sum((self.sweep(client, list(client.ties)) for client in self.clients), Log())

    def resume_due(self) -> Log:
        """On the day of the agreed end (F-069)."""
        paused = [one for one in self.clients if one.status == m.PAUSED and one.paused_until]
        due = [one for one in paused if one.paused_until and one.paused_until <= self.today]
        return sum((self.resume(None, one.number) for one in due), Log())


def is_wider(role: str, ends_at: datetime | None, old: str, old_end: datetime | None) -> bool:
    return m.WIDTH[role] > m.WIDTH[old] or is_later(ends_at, old_end)


def status(number: int, by: str | None) -> tuple[Any, ...]:
    return "event", number, "status", by


def access(number: int, by: str | None) -> tuple[Any, ...]:
    return "event", number, "access", by
