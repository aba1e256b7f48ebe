"""The commit: batches of clients, each changed whole or not at all, and none of them twice.

A batch is one transaction with the outcomes of its clients, so a killed worker goes on where it
was. Every client is planned again behind the lock: what differs from the dry run that the person
saw is skipped, and says so.
"""

from collections.abc import Iterator, Mapping

from clients.actions.bulk.files import makes_file, write_file
from clients.actions.bulk.items import save_items
from clients.actions.bulk.plans import Facts, Plan
from clients.actions.bulk.works import work_of
from clients.actions.judging import lock_connections
from clients.models import BulkItem, BulkOutcome, BulkRun, BulkState
from practice import clock
from practice.actions.jobs import Progress
from practice.history import because
from practice.models import User

BATCH = 2000
STALE = "Changed since the check. Choose the client again to see what it would do now."


def write_clients(run_id: int, user_id: int) -> Iterator[Progress]:
    """Do what the dry run announced, going on after an interruption."""
    run = BulkRun.objects.get(pk=run_id)
    if run.state != BulkState.RUNNING:
        return
    while write_batch(run, user_id):
        yield Progress(run.done, run.total)
    user = User.objects.get(pk=user_id)
    if makes_file(run) and run.items.filter(outcome=BulkOutcome.CHANGED).exists():
        run.parameters = {**run.parameters, "file": write_file(run)}
    run.state, run.finished_at = BulkState.DONE, clock.now()
    with because(f"Bulk action: {run}. Finished.", by=user):
        run.save(update_fields=["state", "finished_at", "parameters"])


def write_batch(run: BulkRun, user_id: int) -> bool:
    """False when no client is left. Locks run, firm, branch, clients."""
    BulkRun.objects.select_for_update().get(pk=run.pk)
    waiting = run.items.filter(outcome=BulkOutcome.WILL_CHANGE)
    items = {item.connection_id: item for item in waiting.order_by("connection_id")[:BATCH]}
    if not items:
        return False
    work = work_of(run, user_id, is_writing=True)
    work.lock()
    rows = lock_connections(run.firm_id, items)
    plans = work.plans(rows)
    agreed = [row for row in rows if is_agreed(plans.get(row.pk), items[row.pk])]
    states = (work.write(agreed) if agreed else None) or {}
    told(items, {row.pk for row in agreed}, states)
    save_items(list(items.values()))
    run.done += len(items)
    BulkRun.objects.filter(pk=run.pk).update(done=run.done)
    return True


def is_agreed(plan: Plan | None, item: BulkItem) -> bool:
    return plan is not None and plan.is_as_announced(item)


def told(items: Mapping[int, BulkItem], agreed: set[int], states: Mapping[int, Facts]) -> None:
    for pk, item in items.items():
        if pk in agreed:
            item.outcome, item.after = BulkOutcome.CHANGED, states.get(pk, item.after)
        else:
            item.outcome, item.reason = BulkOutcome.SKIPPED, STALE
