"""The register of work: a row in PostgreSQL for each job, a ring in Redis to make it start soon.

A *handler* does the work of one kind of job. It is registered by the app that knows the work, in
its `periodic.py` (which every worker loads), and it runs in the job's realm: the firm's, or the
system's for a job without a firm.

    @handles("clients.import")
    def run_import(job: Job) -> Iterator[Progress]:
        for batch in batches(job.key):
            write(batch)
            yield Progress(done, total)

Each stretch up to a `yield` is one transaction, committed together with the progress, so pages see
it move and a killed worker loses one stretch at most. A short handler just returns: one stretch.
A handler starts from the beginning after an interruption, so it skips what it finds done. When a
second worker took over because the lease ran out, the first one's stretch is rolled back. Blocks
of `because()` begin and end inside one stretch. `Refused` fails the job at once, with its sentence;
any other exception is tried again, a few times.
"""

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.module_loading import autodiscover_modules

from practice import clock, tasks
from practice.errors import Refused
from practice.models import Firm, Job, JobState, User
from practice.models.jobs import JobQuerySet
from practice.tenancy import as_system, in_firm

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # for one stretch
MOST_ATTEMPTS = 5
RETRY_AFTER = timedelta(seconds=30)  # times the number of attempts
INTERRUPTED = "The work was interrupted {} times. Nothing that it had finished was lost."
UNKNOWN = "This version of Countinghouse does not know how to do “{}”."


@dataclass(frozen=True)
class Progress:
    done: int
    total: int


Handler = Callable[[Job], Iterator[Progress] | None]
_handlers: dict[str, Handler] = {}


class LeaseLost(Exception):
    """Another worker has the job now; this one's unfinished stretch is undone."""


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that does jobs of this kind."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def handler_of(kind: str) -> Handler | None:
    autodiscover_modules("periodic")
    return _handlers.get(kind)


def enqueue(
    kind: str,
    key: str,
    *,
    firm: Firm | None = None,
    by: User | None = None,
    due_at: datetime | None = None,
) -> Job:
    """Enter work in the register, once per kind and key, as part of the caller's transaction."""
    job = Job(
        kind=kind,
        key=key,
        firm_id=firm.pk if firm else None,
        asked_by_id=by.pk if by else None,
        due_at=due_at or clock.now(),
    )
    with as_system():
        Job.objects.bulk_create([job], ignore_conflicts=True)
        written = Job.objects.get(kind=kind, key=key)
    tasks.ring(tasks.run_job_task, written.pk)
    return written


def run_job(job_id: int) -> None:
    """Do a job that is due. Called twice, or by two workers at once, it runs once."""
    job = claim_job(job_id)
    if job is None:
        return
    try:
        work(job)
    except LeaseLost:
        logger.warning("job %s was taken over by another worker", job.pk)
    except Refused as refusal:
        give_up(job, str(refusal))
    except Exception as error:
        logger.exception("job %s (%s) stopped", job.pk, job.kind)
        try_later(job, error)


def claim_job(job_id: int) -> Job | None:
    """The job, ours until its lease runs out; None when it is not due or somebody was faster."""
    now = clock.now()
    with as_system():
        due = Job.objects.due().filter(pk=job_id)
        spent = due.filter(attempts__gte=MOST_ATTEMPTS)
        spent.update(
            state=JobState.FAILED, finished_at=now, error=INTERRUPTED.format(MOST_ATTEMPTS)
        )
        claimed = due.update(
            state=JobState.RUNNING,
            due_at=now + LEASE,
            attempts=F("attempts") + 1,
            started_at=now,
            finished_at=None,
        )
        return Job.objects.select_related("firm", "asked_by").get(pk=job_id) if claimed else None


def work(job: Job) -> None:
    """Run the handler to its end, one transaction for each stretch."""
    handler = handler_of(job.kind)
    if handler is None:
        raise Refused(UNKNOWN.format(job.kind))
    steps = stretches(handler, job)
    try:
        while True:
            with realm_of(job):
                progress = next(steps, None)
                if progress is None:
                    finish(job)
                    return
                keep_lease(job, progress)
    finally:
        steps.close()


def stretches(handler: Handler, job: Job) -> Generator[Progress, None, None]:
    """Starts inside the first transaction: a plain function works as soon as it is called."""
    steps = handler(job)
    if steps is not None:
        yield from steps


def realm_of(job: Job) -> AbstractContextManager[None]:
    realm: AbstractContextManager[None] = (
        in_firm(job.firm_id, job.asked_by_id) if job.firm_id else as_system()
    )
    return realm


def keep_lease(job: Job, progress: Progress) -> None:
    """Save progress and a longer lease with the stretch itself, or undo the stretch."""
    job.done, job.total = progress.done, progress.total
    facts = {"done": progress.done, "total": progress.total, "due_at": clock.now() + LEASE}
    if not still_ours(job).update(**facts):
        raise LeaseLost


def finish(job: Job) -> None:
    """In the transaction of the last stretch: what is done once is recorded with it."""
    facts = {"state": JobState.DONE, "finished_at": clock.now(), "error": ""}
    if not still_ours(job).update(**facts):
        raise LeaseLost


def still_ours(job: Job) -> JobQuerySet:
    """The number of attempts names the worker: whoever takes over raises it."""
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, attempts=job.attempts)


def try_later(job: Job, error: Exception) -> None:
    says = f"Something went wrong here ({type(error).__name__}). Operators find it in the log."
    if job.attempts >= MOST_ATTEMPTS:
        give_up(job, says)
        return
    with as_system():
        wait = RETRY_AFTER * job.attempts
        still_ours(job).update(state=JobState.WAITING, due_at=clock.now() + wait, error=says)


def give_up(job: Job, says: str) -> None:
    with as_system():
        still_ours(job).update(state=JobState.FAILED, finished_at=clock.now(), error=says)


def ring_for_due_jobs(most: int = 200) -> int:
    """The sweeper: ring again for what waits, and for leases that ran out (a worker was killed).

    Not while earlier rings are still in the queue: the workers will come to them.
    """
    with as_system():
        due = list(Job.objects.due().order_by("due_at").values_list("pk", flat=True)[:most])
    if not due or tasks.are_bells_waiting("jobs"):
        return 0
    return sum(tasks.ring_now(tasks.run_job_task, job_id) for job_id in due)


def sweep_finished_jobs(older_than: timedelta) -> int:
    """Forget jobs that were done long ago; failures stay to be read."""
    done = Job.objects.filter(state=JobState.DONE, finished_at__lt=clock.now() - older_than)
    return done.order_by().delete()[0]
