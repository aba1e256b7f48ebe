"""The way back, by the papers: asking, answering, a new link, and ownership (F-080…F-084a)."""

from datetime import UTC, datetime, time, timedelta

from bench import states_model as m
from bench.states_model import Client, Invitation
from bench.states_moves import Log, Moves, need, status

ANSWER_WITHIN = timedelta(days=7)  # C9


class Life(Moves):
    """All moves of a relationship."""

    def may_return(self, by: str, client: Client) -> bool:
        return self.sees(by, client) and self.people[by].manages(client.branch)

    def waiting(self, client: Client) -> Invitation | None:
        """What nobody answered yet; it may be overdue."""
        return next((one for one in client.invitations if one.status == m.PENDING), None)

    def is_open(self, invitation: Invitation) -> bool:
        return invitation.status == m.PENDING and invitation.ends_at > self.now

    def need_ended(self, client: Client) -> None:
        """Disconnected, or as good as: an overdue invitation binds nobody."""
        waiting = self.waiting(client)
        need(waiting is None or not self.is_open(waiting))
        need(client.status in (m.DISCONNECTED, m.RECONNECTING))
        need(self.is_alone(client))

    def is_alone(self, client: Client) -> bool:
        """One open connection per firm and account; and none that replaced this one (F-081)."""
        others = [one for one in self.clients if one is not client]
        running = [one for one in others if one.status != m.DISCONNECTED]
        return not any(
            one.account is client.account or one.replaces == client.number for one in running
        )

    def free(self, client: Client, by: str | None) -> Log:
        """What the clock ended is written down."""
        log, waiting = Log(), self.waiting(client)
        if waiting:
            waiting.status = m.EXPIRED
            log["invitation", client.number, "~", by] += 1
        if client.status == m.RECONNECTING:
            client.status = m.DISCONNECTED
            log += Log([("client", client.number, "~", by), status(client.number, None)])
        return log

    def ask_back(self, by: str, number: int) -> Log:
        client = self.clients[number]
        need(self.may_return(by, client))
        self.need_ended(client)
        account = client.account
        need(account.owner or client.has_address)
        need(client.billing_model == m.BILL_US or not account.archived_at)  # F-080b
        log = self.free(client, by)
        client.status = m.RECONNECTING
        log += self.invite(client, by, m.RECONNECT)
        return log + Log([("client", number, "~", by), status(number, by)])

    def offer_anew(self, by: str, number: int, model: str) -> Log:
        client = self.clients[number]
        need(self.may_return(by, client))
        self.need_ended(client)
        return self.free(client, by) + self.invite(client, by, m.NEW_LINK, model)

    def invite(self, client: Client, by: str | None, kind: str, model: str = "") -> Log:
        client.invitations.append(Invitation(kind, self.now + ANSWER_WITHIN, model))
        return Log([("invitation", client.number, "+", by)])

    def cancel(self, by: str, number: int) -> Log:
        client = self.clients[number]
        waiting = self.waiting(client)
        need(self.may_return(by, client) and waiting and self.is_open(waiting))
        log = self.close(client, m.CANCELLED, by)
        if client.status == m.RECONNECTING:
            client.status = m.DISCONNECTED
            log += Log([("client", number, "~", by), status(number, by)])
        return log

    def close(self, client: Client, outcome: str, by: str | None) -> Log:
        invitation = client.invitations[-1]
        invitation.status, invitation.ends_at = outcome, self.now
        return Log([("invitation", client.number, "~", by)])

    def accept(self, by: str | None, number: int) -> Log:
        """The newest invitation; it works once, within seven days, for who owns the account."""
        client = self.clients[number]
        invitation = client.invitations[-1]
        need(self.is_open(invitation) and client.account.owner in ("", by))
        if invitation.kind == m.NEW_LINK:
            log = self.begin_anew(client, invitation.model, by)
        else:
            log = self.begin_again(client, by)
        return log + self.close(client, m.ACCEPTED, by)

    def begin_again(self, client: Client, by: str | None) -> Log:
        """Branch and model are the old ones, the assignments stay ended (F-080a)."""
        client.status, client.connected_on = m.ACTIVE, self.today
        client.disconnected_at, client.disconnect_reason, client.disconnect_note = None, "", ""
        client.last_accessed_at = self.now
        client.periods.append((self.today, None, ""))
        number = client.number
        log = Log([("client", number, "~", by), ("period", number, "+", by), status(number, by)])
        return log + self.unarchive(client, by)

    def begin_anew(self, old: Client, model: str, by: str | None) -> Log:
        need(self.is_alone(old))
        new = Client(len(self.clients), old.branch, model, old.account, self.now)
        new.has_address, new.replaces = bool(by) or old.has_address, old.number
        self.clients.append(new)
        log = Log([("client", new.number, "+", by), ("period", new.number, "+", by)])
        log += Log([("event", new.number, "connected", by), status(old.number, by)])
        return log + self.unarchive(new, by)

    def unarchive(self, client: Client, by: str | None) -> Log:
        """The firm pays once more (C35)."""
        account = client.account
        if client.billing_model != m.BILL_US or account.archived_at is None:
            return Log()
        account.archived_at = None
        return Log([("account", account.name, "~", by)])

    def give_ownership(self, by: str, number: int) -> Log:
        """The firm stops paying today; the account is archived until its owner subscribes."""
        client, account = self.clients[number], self.clients[number].account
        need(self.may(by, m.DISCONNECT, client) and client.billing_model == m.BILL_US)
        need(account.owner and not account.archived_at and not account.held)
        account.archived_at = self.now
        return Log([("account", account.name, "~", by), status(number, by)])

    def take_ownership(self, by: str, number: int) -> Log:
        """Ends the connection; the link that follows is Client Pays, and the system's (F-084)."""
        client, account = self.clients[number], self.clients[number].account
        need(account.owner == by and client.status in m.CONNECTED)
        need(client.billing_model == m.BILL_US and account.archived_at)
        log = self.end(client, by, "Client request")
        return log + self.invite(client, None, m.NEW_LINK, m.CLIENT_PAYS)

    def expire_due(self) -> Log:
        waiting = [(client, self.waiting(client)) for client in self.clients]
        overdue = [client for client, one in waiting if one and not self.is_open(one)]
        return sum((self.free(client, None) for client in overdue), Log())

    def next_ends(self) -> list[datetime]:
        """Every instant to come at which the clock ends something."""
        ends: set[datetime | None] = set()
        for client in self.clients:
            ends |= {tie.ends_at for tie in client.ties.values()}
            ends |= {one.ends_at for one in client.invitations}
            ends.add((client.last_accessed_at or client.created_at) + m.VISIT_RENEWS)
            if client.paused_until:
                ends.add(datetime.combine(client.paused_until, time(), UTC))
        return sorted(end for end in ends if end and end > self.now)
