"""The three things a person does: start a run, confirm what it found, take it back."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from clients import permissions as p
from clients.models import BulkAction, BulkOutcome, BulkRun, BulkState
from practice import clock
from practice.actions.jobs import enqueue
from practice.errors import Refused
from practice.history import because
from practice.models import Firm, Job, JobState, User
from practice.permissions import Permission

JOB = "clients.bulk"
RUNNING = frozenset({BulkState.CHECKING, BulkState.RUNNING, BulkState.UNDOING})
PERMISSIONS: Mapping[str, Permission] = {
    BulkAction.TRANSFER: p.CHANGE_BRANCH,
    BulkAction.TEAM: p.GRANT_ACCESS,
    BulkAction.ACCESS: p.UPDATE_ACCESS,
    BulkAction.EXPORT: p.EXPORT_CLIENTS,
    BulkAction.TAGS: p.UPDATE_CLIENTS,
    BulkAction.REPORTS: p.EXPORT_CLIENTS,
}

UNCHECKED = "The clients are still being checked."
FINISHED = "This was done already. Choose the clients again to do it once more."
NOTHING = "There is nothing to do: no client would change."
TOO_LATE = "This can no longer be undone: 24 hours have passed."
NOT_UNDOABLE = "There is nothing to undo."


@transaction.atomic
def start_run(
    firm: Firm,
    *,
    by: User,
    action: str,
    parameters: Mapping[str, Any],
    reason: str = "",
    selected_ids: Sequence[int] = (),
    query: str = "",
) -> BulkRun:
    """Begin the dry run over these clients; without ids over all that match the list's query."""
    run = BulkRun(
        firm=firm,
        action=action,
        parameters=dict(parameters),
        reason=reason[:300],
        selected_ids=sorted(set(selected_ids)),
        query=query,
        started_by=by,
        attempt=1,
    )
    with because(f"Bulk action: {run}.", by=by):
        run.save()
    enqueue(JOB, run.job_key, firm=firm, by=by)
    return run


def locked(run: BulkRun) -> BulkRun:
    found: BulkRun = BulkRun.objects.select_for_update().get(pk=run.pk)
    return found


@transaction.atomic
def commit_run(run: BulkRun, *, by: User) -> BulkRun:
    """Begin to do what the dry run announced. Asked twice, it begins once."""
    run = locked(run)
    if run.state in RUNNING and failure_of(run):
        return again(run, by)
    if run.state == BulkState.RUNNING:
        return run
    if run.state == BulkState.CHECKING:
        raise Refused(UNCHECKED)
    if run.state != BulkState.CHECKED:
        raise Refused(FINISHED)
    total = run.items.filter(outcome=BulkOutcome.WILL_CHANGE).count()
    if not total:
        raise Refused(NOTHING)
    run.committed_at = clock.now()
    return begin(run, BulkState.RUNNING, total=total, by=by)


@transaction.atomic
def undo_run(run: BulkRun, *, by: User) -> BulkRun:
    """Begin to give clients back what they had, within 24 hours (F-246)."""
    run = locked(run)
    if run.state == BulkState.UNDOING:
        return again(run, by) if failure_of(run) else run
    if not run.may_be_undone:
        is_late = run.state == BulkState.DONE and run.finished_at is not None
        raise Refused(TOO_LATE if is_late else NOT_UNDOABLE)
    total = run.items.filter(outcome=BulkOutcome.CHANGED).count()
    if not total:
        raise Refused(NOT_UNDOABLE)
    run.undone_by, run.undone_at = by, clock.now()
    return begin(run, BulkState.UNDOING, total=total, by=by)


def begin(run: BulkRun, state: BulkState, *, total: int, by: User) -> BulkRun:
    run.state, run.done, run.total = state, 0, total
    return again(run, by)


def again(run: BulkRun, by: User) -> BulkRun:
    """Put the work of the present state into the register, under a new key."""
    run.attempt += 1
    said = "Undone" if run.state == BulkState.UNDOING else "Confirmed"
    with because(f"Bulk action: {run}. {said}.", by=by):
        run.save()
    enqueue(JOB, run.job_key, firm=Firm.objects.get(pk=run.firm_id), by=by)
    return run


def failure_of(run: BulkRun) -> str:
    """Why the work on this run stopped for good; empty while there is hope."""
    if run.state not in RUNNING:
        return ""
    job = Job.objects.filter(kind=JOB, key=run.job_key, state=JobState.FAILED).first()
    return job.error or "It was interrupted." if job else ""
