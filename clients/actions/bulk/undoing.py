"""Undo: clients get back what they had, where nothing changed since (F-246).

It goes by the rules of the moment, as any change does, and is itself recorded. What cannot be given
back keeps the outcome "Changed", says why, and loses its `after`: it is not tried again.
"""

from collections.abc import Iterator, Mapping

from clients.actions.bulk.items import save_items
from clients.actions.bulk.plans import Work
from clients.actions.bulk.works import work_of
from clients.actions.judging import judge, lock_connections
from clients.models import BulkItem, BulkOutcome, BulkRun, BulkState, Connection
from practice.actions.jobs import Progress
from practice.history import because
from practice.models import User

BATCH = 2000
CHANGED_SINCE = "Not undone: it changed since."
UNSEEN = "Not undone: you no longer see this client."


def undo_clients(run_id: int, user_id: int) -> Iterator[Progress]:
    run = BulkRun.objects.get(pk=run_id)
    if run.state != BulkState.UNDOING:
        return
    while undo_batch(run, user_id):
        yield Progress(run.done, run.total)
    run.state = BulkState.UNDONE
    with because(f"Bulk action: {run}. Undone.", by=User.objects.get(pk=user_id)):
        run.save(update_fields=["state"])


def undo_batch(run: BulkRun, user_id: int) -> bool:
    """False when no client is left. Locks run, firm, branches, clients."""
    BulkRun.objects.select_for_update().get(pk=run.pk)
    changed = run.items.filter(outcome=BulkOutcome.CHANGED, after__isnull=False)
    items = {item.connection_id: item for item in changed.order_by("connection_id")[:BATCH]}
    if not items:
        return False
    work = work_of(run, user_id, is_writing=True)
    work.lock_for_undo(list(items.values()))
    rows = lock_connections(run.firm_id, items)
    kept = reasons_to_keep(work, rows, items)
    returning = [row for row in rows if row.pk not in kept]
    if returning:
        work.restore(returning, items)
    for pk, item in items.items():
        if pk in kept:
            item.reason, item.after = kept[pk], None
        else:
            item.outcome = BulkOutcome.UNDONE
    save_items(list(items.values()))
    run.done += len(items)
    BulkRun.objects.filter(pk=run.pk).update(done=run.done)
    return True


def reasons_to_keep(
    work: Work, rows: list[Connection], items: Mapping[int, BulkItem]
) -> dict[int, str]:
    """By client, why it stays as it is."""
    verdicts = judge(rows, work.permission, work.standing)
    work.read(rows)
    kept = {pk: f"Not undone: {says}" for pk, says in work.refusals(rows, items).items()}
    for row in rows:
        if row.pk not in verdicts:
            kept[row.pk] = UNSEEN
        elif not verdicts[row.pk][1].allowed:
            kept[row.pk] = f"Not undone: {verdicts[row.pk][1].reason}"
        elif work.state(row) != items[row.pk].after:
            kept[row.pk] = CHANGED_SINCE
    return kept
