"""Putting a bulk run through its paces, as button and worker do."""

from typing import Any

from clients.actions.bulk import JOB, commit_run, start_run, undo_run
from clients.models import BulkAction, BulkRun
from practice.actions.jobs import run_job
from practice.models import Job, User


def checked(by: User, firm: Any, action: str, ids: list[int], **facts: Any) -> BulkRun:
    """The run after its dry run; `facts` are the answers of the form, and the reason."""
    reason, query = facts.pop("reason", ""), facts.pop("query", "")
    return work(
        start_run(
            firm,
            by=by,
            action=BulkAction(action),
            parameters=facts,
            reason=reason,
            selected_ids=ids,
            query=query,
        )
    )


def commit(run: BulkRun, by: User) -> BulkRun:
    return work(commit_run(run, by=by))


def undo(run: BulkRun, by: User) -> BulkRun:
    return work(undo_run(run, by=by))


def done(by: User, firm: Any, action: str, ids: list[int], **facts: Any) -> BulkRun:
    return commit(checked(by, firm, action, ids, **facts), by)


def work(run: BulkRun) -> BulkRun:
    run.refresh_from_db()
    run_job(Job.objects.get(kind=JOB, key=run.job_key).pk)
    run.refresh_from_db()
    return run


def told(run: BulkRun) -> list[tuple[str, str, str]]:
    """Client, outcome and reason of every client, by name."""
    rows = run.items.order_by("connection__name_sort")
    return list(rows.values_list("connection__name", "outcome", "reason"))
