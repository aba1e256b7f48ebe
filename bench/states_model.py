"""The life of client relationships as the papers tell it: plain Python, beside the application.

Written from design 3 and 4, F-050…F-084a and the rulings C3, C5, C13, C14, C29 and C35, and from
nothing of the code: where the two differ, one of them is wrong. `states_moves` says what happens.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

SUPER_ADMIN, BILLING_ADMIN, VIEWER = "super_admin", "billing_admin", "viewer"
OWNER, ADMIN, MEMBER = "owner", "admin", "member"
ACTIVE, PAUSED, DISCONNECTED, RECONNECTING = "active", "paused", "disconnected", "reconnecting"
CONNECTED = (ACTIVE, PAUSED)
BILL_US, CLIENT_PAYS = "bill_us", "client_pays"
FULL, LIMITED, VIEW_ONLY = "full", "limited", "view_only"
WIDTH = {VIEW_ONLY: 1, LIMITED: 2, FULL: 3}
PENDING, ACCEPTED, EXPIRED, CANCELLED = "pending", "accepted", "expired", "cancelled"
RECONNECT, NEW_LINK = "reconnect", "new_link"
VISIT_RENEWS = timedelta(days=60)  # C14

VIEW, OPEN, NOTES, EXPORT = "view", "open", "notes", "export"
EDIT, PAUSE, DISCONNECT, GRANT = "edit", "pause", "disconnect", "grant"
LEVEL, MOVE, REVOKE = "level", "move", "revoke"
READS = (VIEW, NOTES, EXPORT)
STAYS_WHILE_PAUSED = (PAUSE, DISCONNECT)  # all else is view-only (C29)
BY_TIE = {  # F-057…F-057b
    FULL: (NOTES, EXPORT, EDIT, PAUSE, GRANT),
    LIMITED: (NOTES, EDIT),
    VIEW_ONLY: (NOTES,),
}


@dataclass(frozen=True)
class Person:
    """Somebody of the firm, or nobody of it. `crosses`: holds Cross-branch Access."""

    name: str
    parent_role: str = ""
    places: Mapping[str, str] = field(default_factory=dict)  # branch → role
    crosses: bool = False

    @property
    def works_here(self) -> bool:
        return bool(self.parent_role or self.places)

    def manages(self, branch: str) -> bool:
        return self.parent_role == SUPER_ADMIN or self.places.get(branch) in (OWNER, ADMIN)

    def reads_all(self, branch: str) -> bool:
        return bool(self.parent_role) or self.manages(branch)

    def reads_records(self, branch: str) -> bool:
        return self.parent_role == VIEWER or self.manages(branch)

    def holds(self, what: str, branch: str) -> bool:
        """By role alone."""
        if what in (NOTES, EXPORT) and self.parent_role == VIEWER:
            return True
        return self.manages(branch) or (what == EXPORT and self.parent_role == BILLING_ADMIN)

    def may_be_given(self, branch: str) -> bool:
        """New people work on the branch, or at the firm in a parent role (F-056a)."""
        return bool(self.parent_role) or branch in self.places

    def may_keep(self, branch: str) -> bool:
        """Who may go on holding an assignment when the client moves there (C13)."""
        return self.may_be_given(branch) or self.crosses


@dataclass
class Tie:
    role: str
    ends_at: datetime | None = None


@dataclass
class Invitation:
    kind: str
    ends_at: datetime
    model: str = ""
    status: str = PENDING


@dataclass
class Account:
    """`held`: another firm is connected to it."""

    name: str
    owner: str = ""
    held: bool = False
    archived_at: datetime | None = None


@dataclass
class Client:
    number: int
    branch: str
    billing_model: str
    account: Account
    created_at: datetime
    has_address: bool = True
    replaces: int | None = None
    status: str = ACTIVE
    is_restricted: bool = False
    access_level: str = "full"
    access_features: list[str] = field(default_factory=list)
    access_reason: str = ""
    connected_on: date | None = None
    paused_at: datetime | None = None
    paused_until: date | None = None
    disconnected_at: datetime | None = None
    disconnect_reason: str = ""
    disconnect_note: str = ""
    last_accessed_at: datetime | None = None
    ties: dict[str, Tie] = field(default_factory=dict)
    periods: list[tuple[date, date | None, str]] = field(default_factory=list)
    invitations: list[Invitation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.connected_on = self.created_at.date()
        self.periods = [(self.connected_on, None, "")]


class Rights:
    """Who may do what to which client, at the instant `now`."""

    def __init__(self, people: list[Person], clients: list[Client], now: datetime) -> None:
        self.people = {person.name: person for person in people}
        self.clients, self.now = clients, now

    @property
    def today(self) -> date:
        return self.now.date()

    def tie(self, name: str, client: Client) -> Tie | None:
        """An assignment opens nothing from its end on (F-240)."""
        tie = client.ties.get(name)
        return tie if tie and (tie.ends_at is None or tie.ends_at > self.now) else None

    def sees(self, name: str, client: Client) -> bool:
        person, tie = self.people[name], self.tie(name, client)
        by_tie = tie is not None and (client.branch in person.places or person.crosses)
        if not (person.reads_all(client.branch) or by_tie):
            return False
        if client.is_restricted and person.parent_role != SUPER_ADMIN and tie is None:
            return False
        return client.status != DISCONNECTED or person.reads_records(client.branch)

    def may(self, name: str, what: str, client: Client) -> bool:
        if not self.sees(name, client) or not self.allows(what, client):
            return False
        person, tie = self.people[name], self.tie(name, client)
        if what == VIEW:
            return True
        if what == OPEN:
            return tie is not None
        return person.holds(what, client.branch) or bool(tie and what in BY_TIE[tie.role])

    def allows(self, what: str, client: Client) -> bool:
        """The state of the relationship, and of the access to the account."""
        if what == OPEN:
            since = client.last_accessed_at or client.created_at
            return client.status in CONNECTED and since + VISIT_RENEWS > self.now
        if what in READS or client.status == ACTIVE:
            return True
        return client.status == PAUSED and what in STAYS_WHILE_PAUSED
