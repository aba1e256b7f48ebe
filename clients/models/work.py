"""Tasks and important dates of a client (F-091, F-091a)."""

from collections.abc import Iterator
from typing import Self

from django.db import models
from django.db.models import Q

from clients.models.connections import ConnectionOwned
from clients.permissions import VIEW_CLIENT
from practice import clock
from practice.history import History
from practice.models import User
from practice.permissions import Rule, Standing
from practice.tenancy import FirmOwnedQuerySet


class TaskQuerySet(FirmOwnedQuerySet["Task"]):
    def open(self) -> Self:
        return self.filter(done_at=None)

    def of(self, user_id: int) -> Self:
        return self.filter(assignee_id=user_id)


class Task(ConnectionOwned):
    """Something to be done for a client, by one person at the firm or by nobody yet."""

    title = models.CharField(max_length=200)
    details = models.TextField(blank=True, max_length=5_000)
    assignee = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    due_on = models.DateField(null=True, blank=True)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)
    done_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    is_client_content = True

    history = History()
    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = [models.F("due_on").asc(nulls_last=True), "pk"]
        indexes = [
            models.Index(fields=["connection", "due_on"], name="task_by_connection"),
            models.Index(
                fields=["firm", "assignee", "due_on"],
                name="task_open_by_assignee",
                condition=Q(done_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_overdue(self) -> bool:
        return self.done_at is None and self.due_on is not None and self.due_on < clock.today()

    def rules(self, standing: Standing | None, permission: str) -> Iterator[Rule]:
        """Whose task it is closes it, whatever their role for the client; others go by theirs."""
        is_own = standing is not None and standing.user_id == self.assignee_id
        if is_own and self.connection.is_open:
            yield from self.connection.rules(standing, VIEW_CLIENT)
            yield Rule("Task", True, "This is {your} task.")
        else:
            yield from self.connection.rules(standing, permission)


class KeyDate(ConnectionOwned):
    """An important date, "Year end 31 March", with a reminder so many days before it.

    A yearly date names its next day; `reminded_for` is the day that people were last reminded of.
    """

    title = models.CharField(max_length=200)
    on = models.DateField("date")
    is_yearly = models.BooleanField("every year", default=False)
    remind_days = models.PositiveSmallIntegerField("days before", null=True, blank=True)
    reminded_for = models.DateField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    is_client_content = True

    history = History(excluded_fields=["reminded_for"])
    objects = FirmOwnedQuerySet["KeyDate"].as_manager()

    class Meta:
        ordering = ["on", "pk"]
        indexes = [
            models.Index(fields=["connection", "on"], name="key_date_by_connection"),
            models.Index(
                fields=["on"], name="key_date_to_remind", condition=Q(remind_days__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.on:%d %b %Y}"

    @property
    def is_past(self) -> bool:
        return self.on < clock.today()
