"""The dry run: what would happen to each client, and why. Nothing is written to clients."""

from collections.abc import Callable, Iterator, Sequence

from django.db.models import Max

from clients.actions.bulk.plans import Plan
from clients.actions.bulk.works import work_of
from clients.actions.judging import read_connections
from clients.models import BulkItem, BulkRun, BulkState, Connection
from clients.models.connections import ConnectionQuerySet
from clients.permissions import VIEW_CLIENT
from practice.actions.jobs import Progress
from practice.actions.limits import standing_now
from practice.history import because
from practice.models import User

BATCH = 2000
Matching = Callable[[str, ConnectionQuerySet], ConnectionQuerySet]  # the list's query, narrowed


def check_clients(run_id: int, user_id: int, matching: Matching) -> Iterator[Progress]:
    """Plan for every client, batch by batch in the order of ids; goes on where it was."""
    run = BulkRun.objects.get(pk=run_id)
    if run.state != BulkState.CHECKING:
        return
    last = run.items.aggregate(last=Max("connection_id"))["last"] or 0
    done = run.items.count()
    while ids := next_ids(run, user_id, matching, last):
        if not run.total:
            run.total = chosen(run, user_id, matching).count()
        check_batch(run, user_id, ids)
        last, done = ids[-1], done + len(ids)
        BulkRun.objects.filter(pk=run.pk).update(done=done, total=max(run.total, done))
        yield Progress(done, max(run.total, done))
    run.state = BulkState.CHECKED
    run.done = run.total = run.items.count()
    with because(f"Bulk action: {run}. Checked."):
        run.save(update_fields=["state", "done", "total"])


def chosen(run: BulkRun, user_id: int, matching: Matching) -> ConnectionQuerySet:
    """The ticked clients of the firm; or all that the person sees and that match the query."""
    rows: ConnectionQuerySet = Connection.objects.filter(firm_id=run.firm_id)
    if run.selected_ids:
        return rows.filter(pk__in=run.selected_ids)
    user = User.objects.get(pk=user_id)
    return matching(run.query, rows.for_standing(standing_now(user, run.firm_id), VIEW_CLIENT))


def next_ids(run: BulkRun, user_id: int, matching: Matching, last: int) -> list[int]:
    rows = chosen(run, user_id, matching).filter(pk__gt=last).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:BATCH])


def check_batch(run: BulkRun, user_id: int, ids: Sequence[int]) -> None:
    work = work_of(run, user_id)
    plans = work.plans(read_connections(run.firm_id, ids))
    BulkItem.objects.bulk_create(
        [item_of(run, pk, plans[pk]) for pk in ids if pk in plans], batch_size=BATCH
    )


def item_of(run: BulkRun, connection_id: int, plan: Plan) -> BulkItem:
    return BulkItem(
        firm_id=run.firm_id,
        run=run,
        connection_id=connection_id,
        outcome=plan.outcome,
        reason=plan.reason[:300],
        before=plan.before,
        after=plan.after,
    )
