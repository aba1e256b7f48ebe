"""The register of work that must happen. Redis only rings the bell (design 5)."""

from typing import Self

from django.db import models

from practice import clock
from practice.models.firms import SYSTEM_OR_OPERATOR, Firm
from practice.models.users import User
from practice.tenancy import FirmOwnedQuerySet


class JobState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"


class JobQuerySet(FirmOwnedQuerySet["Job"]):
    def due(self) -> Self:
        """Waiting, or running with a lease that ran out: its worker was killed."""
        waiting = models.Q(state__in=[JobState.WAITING, JobState.RUNNING])
        return self.filter(waiting, due_at__lte=clock.now())


class Job(models.Model):
    """One piece of work, `(kind, key)` unique. While it runs, `due_at` is when its lease ends."""

    firm = models.ForeignKey(
        Firm, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    asked_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=10, choices=JobState, default=JobState.WAITING)
    due_at = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    row_policy = f"firm_id = (SELECT app.firm_id()) OR {SYSTEM_OR_OPERATOR}"

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="job_once_per_key")]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="job_due",
                condition=models.Q(state__in=[JobState.WAITING, JobState.RUNNING]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def is_finished(self) -> bool:
        return self.state in {JobState.DONE, JobState.FAILED}


class Schedule(models.Model):
    """One row per periodic job: when it last ran and when it is due (F-231)."""

    name = models.CharField(max_length=80, unique=True)
    due_at = models.DateTimeField(default=clock.now)
    last_started_at = models.DateTimeField(null=True, blank=True)
    last_finished_at = models.DateTimeField(null=True, blank=True)
    last_result = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class ClockOffset(models.Model):
    """How far a tester moved the clock, in seconds. One row at most, and none in production."""

    seconds = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_clock")]

    def __str__(self) -> str:
        return f"{self.seconds} s ahead"
