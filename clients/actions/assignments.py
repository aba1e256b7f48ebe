"""Who works for which client: giving, changing and ending assignments, one or thousands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from clients.actions.events import record, record_lines, record_many
from clients.actions.expiry import end_expired
from clients.actions.judging import Outcome, Result
from clients.actions.limits import Giver
from clients.actions.places import lock_clients, refuse_strangers
from clients.models import Connection, EventKind, TeamAssignment
from clients.models.assignments import end_words
from clients.roles import ClientRole
from practice import clock
from practice.errors import Refused
from practice.history import because
from practice.models import User

ASSIGNED, CHANGED, UNCHANGED = "assigned", "changed", "unchanged"
TIE = "view_connection"  # guardian asks for a permission; the role beside it says what it gives
BATCH = 1000


@dataclass(frozen=True)
class Step:
    """One person at one client: the tie that they have, and the role that they shall have."""

    connection: Connection
    user: User
    role: ClientRole
    before: TeamAssignment | None
    ends_at: datetime | None

    @property
    def outcome(self) -> str:
        if self.before is None:
            return ASSIGNED
        is_same = (self.before.role, self.before.ends_at) == (self.role, self.ends_at)
        return UNCHANGED if is_same else CHANGED

    def told(self, by: User) -> Outcome:
        if self.outcome == UNCHANGED:
            why = f"{self.user} has {self.role.label} already."
            return Outcome(self.connection.pk, Result.UNCHANGED, why)
        return Outcome(self.connection.pk, Result.CHANGED, self.line(by))

    def line(self, by: User) -> str:
        """As the timeline says it."""
        until = f" until {end_words(self.ends_at)}" if self.ends_at else ""
        if self.outcome == CHANGED:
            return f"{by} changed the role of {self.user} to {self.role.label}{until}"
        if self.user == by:
            return f"{by} set up access, {self.role.label}{until}"
        return f"{by} assigned {self.user}, {self.role.label}{until}"


@transaction.atomic
def assign_people(
    connection_ids: Iterable[int],
    roles: Mapping[int, ClientRole],
    *,
    by: User,
    reason: str,
    ends_at: datetime | None = None,
) -> list[Outcome]:
    """Give people (user id → role) their roles for clients, in sets; present ones are changed.

    One outcome for each person at each client.
    Raises `Refused`, and changes nothing, when somebody does not work on a client's branch, or
    when `by` gives what they do not hold there, or takes what they may not take (F-056, F-057).
    """
    refuse_past(ends_at)
    connections = lock_clients(connection_ids)
    if not connections or not roles:
        return []
    steps = plan(connections, roles, ends_at)
    refuse_strangers([(step.connection, step.user) for step in steps if step.before is None])
    giver = Giver.of(by, connections)
    for step in steps:
        if step.outcome != UNCHANGED:
            giver.refuse_change(step.connection, step.user.pk, step.before, step.role, ends_at)
    with because(reason or "Assigned to the client.", by=by):
        write(steps, by=by, reason=reason)
    done = [step for step in steps if step.outcome != UNCHANGED]
    record_lines(((step.connection, step.line(by)) for step in done), EventKind.ACCESS, by=by)
    return [step.told(by) for step in steps]


def refuse_past(ends_at: datetime | None) -> None:
    if ends_at and ends_at <= clock.now():
        raise Refused("The end date has passed already. Choose a later one.")


def plan(
    connections: Sequence[Connection], roles: Mapping[int, ClientRole], ends_at: datetime | None
) -> list[Step]:
    """What is to do, once ties that ran out are gone."""
    people = User.objects.in_bulk(roles)
    if len(people) < len(roles):
        raise Refused("One of these people is not on your team.")
    ties = TeamAssignment.objects.filter(content_object__in=connections, user_id__in=roles)
    while end_expired(ties):
        pass
    return steps_of(connections, people, roles, ends_at, ties.running())


def steps_of(
    connections: Iterable[Connection],
    people: Mapping[int, User],
    roles: Mapping[int, ClientRole],
    ends_at: datetime | None,
    ties: Iterable[TeamAssignment],
) -> list[Step]:
    """One for each person at each client; `ties` are those that they have there."""
    before = {(tie.content_object_id, tie.user_id): tie for tie in ties}
    return [
        Step(row, people[user_id], ClientRole(role), before.get((row.pk, user_id)), ends_at)
        for row in connections
        for user_id, role in roles.items()
    ]


def write(steps: Sequence[Step], *, by: User, reason: str) -> None:
    """New ties in one statement per thousand, changed ones in one per role."""
    permission = tie_permission()
    new = [step for step in steps if step.outcome == ASSIGNED]
    TeamAssignment.objects.bulk_create(
        [
            TeamAssignment(
                firm_id=step.connection.firm_id,
                content_object=step.connection,
                user=step.user,
                permission=permission,
                role=step.role,
                granted_by=by,
                reason=reason[:300],
                ends_at=step.ends_at,
            )
            for step in new
        ],
        batch_size=BATCH,
    )
    for role in {step.role for step in steps}:
        changed = [s for s in steps if s.role == role and s.outcome == CHANGED]
        ids = [step.before.pk for step in changed if step.before]
        if ids:
            TeamAssignment.objects.filter(pk__in=ids).update(role=role, ends_at=changed[0].ends_at)


def tie_permission() -> Permission:
    """The one permission that guardian's row names."""
    kind = ContentType.objects.get_for_model(Connection)
    return Permission.objects.get(content_type=kind, codename=TIE)


@transaction.atomic
def change_assignment(
    connection: Connection,
    user: User,
    *,
    role: ClientRole,
    ends_at: datetime | None,
    by: User,
    reason: str = "",
) -> TeamAssignment:
    """Another role or end for somebody who is assigned; raises `Refused` when they no longer are.

    Widening needs "Grant Client Access", narrowing "Revoke Client Access".
    """
    lock_clients([connection.pk])
    running_tie(connection, user)
    why = reason or "Changed the assignment."
    assign_people([connection.pk], {user.pk: role}, by=by, reason=why, ends_at=ends_at)
    return running_tie(connection, user)


def running_tie(connection: Connection, user: User) -> TeamAssignment:
    ties = TeamAssignment.objects.of(user.pk, connection.firm_id)
    tie: TeamAssignment | None = ties.filter(content_object=connection).first()
    if tie is None:
        raise Refused(f"{user} is not assigned to {connection.name}.")
    return tie


@transaction.atomic
def remove_assignment(connection: Connection, user: User, *, by: User, reason: str) -> bool:
    """End one assignment; one's own may always be given up. False when it had ended before."""
    [locked] = lock_clients([connection.pk])
    if user != by:
        Giver.of(by, [locked]).refuse_taking(locked)
    why = reason or "Removed from the client."
    ended = end_assignments(locked.firm_id, user.pk, by=by, reason=why, connection_ids=[locked.pk])
    return bool(ended)


@transaction.atomic
def set_primary(connection: Connection, user: User | None, *, by: User) -> TeamAssignment | None:
    """Make an assigned person the primary accountant, in place of the one before (F-061)."""
    connection = Connection.objects.locked(connection.pk)
    ties = TeamAssignment.objects.filter(content_object=connection)
    tie = running_tie(connection, user) if user else None
    present = ties.filter(is_primary=True).values_list("user_id", flat=True).first()
    if present == (user.pk if user else None):
        return tie
    says = f"{user} is now the primary accountant" if user else "Nobody is the primary accountant"
    with because(f"{says}.", by=by):
        ties.filter(is_primary=True).update(is_primary=False)
        if tie:
            tie.is_primary = True
            tie.save(update_fields=["is_primary"])
    record(connection, EventKind.ACCESS, says, by=by)
    return tie


@transaction.atomic
def end_assignments(
    firm_id: int,
    user_id: int,
    *,
    by: User | None,
    reason: str,
    branch_ids: Iterable[int] | None = None,
    connection_ids: Iterable[int] | None = None,
) -> int:
    """End one person's assignments: all of them, or those on some branches or clients.

    Takes effect on the person's next request (S0.31). Returns how many ended.
    """
    ties = TeamAssignment.objects.filter(firm_id=firm_id, user_id=user_id)
    if branch_ids is not None:
        ties = ties.filter(content_object__branch_id__in=list(branch_ids))
    if connection_ids is not None:
        ties = ties.filter(content_object_id__in=list(connection_ids))
    tied = Connection.objects.filter(pk__in=ties.order_by().values("content_object_id"))
    connections = list(tied.order_by("pk").select_for_update())
    ties = ties.filter(content_object__in=connections)
    ended = set(ties.values_list("content_object_id", flat=True))
    person = User.objects.get(pk=user_id)
    with because(reason, by=by):
        ties.delete()
    still = [connection for connection in connections if connection.pk in ended]
    record_many(still, EventKind.ACCESS, f"{person} is no longer assigned", by=by)
    return len(ended)
