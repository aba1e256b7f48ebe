"""Work that the clock starts: a table of periodic jobs, claimed one by one when they are due.

Times are multiples of the period in UTC, so that nothing drifts and no hour happens twice. Two
ticks at once do no harm: each job is claimed by a conditional update. The claim is a lease; a job
whose worker was killed is due again when it has run out.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.module_loading import autodiscover_modules

from practice import clock
from practice.models import Schedule

logger = logging.getLogger(__name__)

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)  # a Monday, so that weekly jobs run on Mondays
LEASE = timedelta(minutes=2)
RETRY_AFTER = timedelta(minutes=5)
NOTHING_TO_SAY = "Done."


@dataclass(frozen=True)
class Periodic:
    """One periodic job. It takes seconds: what may take longer, it enqueues as a job."""

    name: str
    every: timedelta
    past: timedelta
    run: Callable[[], object]

    def next_after(self, now: datetime) -> datetime:
        start = EPOCH + self.past
        return start + ((now - start) // self.every + 1) * self.every

    @property
    def farthest(self) -> timedelta:
        """No due time lies farther ahead, unless a tester moved the clock back."""
        return max(self.every, LEASE, RETRY_AFTER)


_periodic: dict[str, Periodic] = {}


def every(
    *,
    seconds: int = 0,
    minutes: int = 0,
    hours: int = 0,
    days: int = 0,
    past: timedelta = timedelta(0),
) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """Register a periodic job: `@every(days=1, past=timedelta(hours=2))` is daily at 02:00 UTC.

    The function is outside transactions and realms and enters what it needs. What it returns is
    its result on the status page: a sentence, or the number of rows that it dealt with.
    """
    period = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)

    def register(run: Callable[[], object]) -> Callable[[], object]:
        name = f"{run.__module__.split('.')[0]}.{run.__name__}"
        _periodic[name] = Periodic(name, period, past, run)
        return run

    return register


def periodic_jobs() -> dict[str, Periodic]:
    autodiscover_modules("periodic")
    return _periodic


def run_due_schedules() -> list[str]:
    """Run every periodic job that is due; one that fails does not stop the rest."""
    ran = []
    for row in schedules():
        job = _periodic.get(row.name)
        if job and claim(row, job):
            run_periodic(row, job)
            ran.append(row.name)
    return ran


def schedules() -> list[Schedule]:
    """The rows of all periodic jobs; new ones are entered, due at once."""
    names = periodic_jobs()
    rows = list(Schedule.objects.filter(name__in=names))
    missing = set(names) - {row.name for row in rows}
    if missing:
        new = [Schedule(name=name, due_at=clock.now()) for name in missing]
        Schedule.objects.bulk_create(new, ignore_conflicts=True)
        rows = list(Schedule.objects.filter(name__in=names))
    return rows


def claim(row: Schedule, job: Periodic) -> bool:
    """Whether it is due and nobody was faster."""
    now = clock.now()
    if now < row.due_at <= now + job.farthest:
        return False
    mine = Schedule.objects.filter(pk=row.pk, due_at=row.due_at)
    return bool(mine.update(due_at=now + LEASE, last_started_at=now))


def run_periodic(row: Schedule, job: Periodic) -> None:
    try:
        result = job.run()
    except Exception as error:
        logger.exception("periodic job %s failed", job.name)
        says = f"Failed: {type(error).__name__}. Operators find it in the log."
        due_at = min(job.next_after(clock.now()), clock.now() + RETRY_AFTER)
    else:
        says = sentence(result)
        due_at = job.next_after(clock.now())
    Schedule.objects.filter(pk=row.pk).update(
        due_at=due_at, last_finished_at=clock.now(), last_result=says
    )


def sentence(result: object) -> str:
    if isinstance(result, int):
        return f"{result:,} done." if result else "Nothing was due."
    return str(result) if result else NOTHING_TO_SAY
