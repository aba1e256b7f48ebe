"""Moving clients to another branch: one of them, or thousands (F-050…F-051d)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from django.db import transaction

from clients.actions.colleagues import standings_of
from clients.actions.events import record_lines
from clients.actions.judging import Outcome, Result, in_order, judge, lock_connections, only
from clients.models import Alert, Connection, EventKind, TeamAssignment
from clients.permissions import CHANGE_BRANCH, CROSS_BRANCH
from clients.signals import connection_transferred
from practice.actions.limits import lock_rights, standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import Branch, User
from practice.permissions import Standing, Verdict

CLOSED = "{} is archived, so no client can move there."
FOREIGN = "Choose a branch of your own firm."
# What an app above has against a move: {client id: why}, for those that the branch cannot take.
OBSTACLES: list[Callable[[Sequence[Connection], Branch], Mapping[int, str]]] = []


def transfer_connection(
    connection: Connection, branch: Branch, *, by: User, reason: str = ""
) -> Outcome:
    """Raises `Refused` where the client may not move; "unchanged" when it is there already."""
    if branch.firm_id != connection.firm_id:
        raise Refused(FOREIGN)
    return only(transfer_connections([connection.pk], branch, by=by, reason=reason))


@transaction.atomic
def transfer_connections(
    connection_ids: Iterable[int], branch: Branch, *, by: User, reason: str = ""
) -> list[Outcome]:
    """Move clients to the branch, at once and without a word to them (F-051, F-051c).

    It takes "Change Branch" on both branches. Assignments of people who may not hold one there end
    (C13). Raises `Refused` when the branch itself is closed to the move.
    """
    asked = list(connection_ids)
    lock_rights(branch.firm_id)
    standing = standing_now(by, branch.firm_id)
    branch = lock_target(branch, standing)
    rows = lock_connections(branch.firm_id, asked)
    verdicts = judge(rows, CHANGE_BRANCH, standing)
    against = obstacles([row for row, _ in verdicts.values()], branch)
    outcomes = {
        pk: outcome(row, branch, verdict, against.get(pk, ""))
        for pk, (row, verdict) in verdicts.items()
    }
    moving = [row for row in rows if row.pk in outcomes and outcomes[row.pk].is_changed]
    if moving:
        with because(cause(branch, reason), by=by):
            move(moving, branch, by=by, reason=reason)
    return in_order(asked, outcomes)


def lock_target(branch: Branch, standing: Standing) -> Branch:
    """Raises `Refused` when it is archived, or the person may not move clients there."""
    branch = Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    verdict = Verdict.of(branch.rules(standing, CHANGE_BRANCH))
    if not verdict.allowed:
        raise Refused(f"You cannot move clients to {branch.name}. {verdict.reason}")
    if branch.is_archived:
        raise Refused(CLOSED.format(branch.name))
    return branch


def obstacles(rows: Sequence[Connection], branch: Branch) -> dict[int, str]:
    return {pk: why for found in OBSTACLES for pk, why in found(rows, branch).items()}


def outcome(row: Connection, branch: Branch, verdict: Verdict, obstacle: str) -> Outcome:
    if row.branch_id == branch.pk:
        return Outcome(row.pk, Result.UNCHANGED, f"{row.name} is in {branch.name} already.")
    if not verdict.allowed:
        return Outcome(row.pk, Result.REFUSED, verdict.reason)
    if obstacle:
        return Outcome(row.pk, Result.REFUSED, obstacle)
    return Outcome(row.pk, Result.CHANGED, f"{row.branch.name} → {branch.name}")


def cause(branch: Branch, reason: str) -> str:
    return f"Transferred to {branch.name}: {reason}" if reason else f"Transferred to {branch.name}."


def move(rows: Sequence[Connection], branch: Branch, *, by: User, reason: str) -> None:
    """In the caller's transaction and `because()`; `rows` are locked and on other branches."""
    sources = {row.pk: row.branch for row in rows}
    ended = end_foreign_ties(rows, branch)
    Connection.objects.filter(pk__in=list(sources)).update(branch=branch)
    Alert.objects.unresolved().filter(connection_id__in=list(sources)).update(branch=branch)
    for row in rows:
        row.branch = branch
    record_lines(
        [(row, line(by, sources[row.pk], branch, ended[row.pk])) for row in rows],
        EventKind.TRANSFER,
        by=by,
    )
    connection_transferred.send(
        Connection,
        connections=rows,
        from_branch_ids={pk: source.pk for pk, source in sources.items()},
        branch=branch,
        by=by,
        reason=reason,
    )


def line(by: User, source: Branch, branch: Branch, ended: Collection[str]) -> str:
    moved = f"{by} transferred the client from {source.name} to {branch.name}"
    return f"{moved}; no longer assigned: {', '.join(sorted(ended))}" if ended else moved


def end_foreign_ties(rows: Sequence[Connection], branch: Branch) -> dict[int, list[str]]:
    """End the assignments that may not go along; whose they were, by client."""
    ties = TeamAssignment.objects.filter(content_object_id__in=[row.pk for row in rows])
    people = set(ties.order_by().values_list("user_id", flat=True).distinct())
    names = foreigners(people, branch)
    ended: dict[int, list[str]] = defaultdict(list)
    lost = ties.filter(user_id__in=names)
    for connection_id, user_id in lost.values_list("content_object_id", "user_id"):
        ended[connection_id].append(names[user_id])
    lost._raw_delete(lost.db)  # one statement; nothing hangs on a tie, and triggers keep its past
    return ended


def foreigners(user_ids: Collection[int], branch: Branch) -> dict[int, str]:
    """Those of the people who may not hold an assignment on the branch, by name."""
    standings = standings_of(branch.firm_id, user_ids)
    leaving = [pk for pk in user_ids if not may_be_assigned(standings.get(pk), branch.pk)]
    return {user.pk: str(user) for user in User.objects.filter(pk__in=leaving)}


def may_be_assigned(standing: Standing | None, branch_id: int) -> bool:
    """Members of the branch, people who work across branches, and parent roles (S0.21, C13)."""
    if standing is None:
        return False
    is_there = branch_id in standing.branches or standing.parent_role is not None
    return is_there or standing.holds_anywhere(CROSS_BRANCH)
