"""Questions for access: the firm asks the owner of an account that is shut to it (F-143), and
somebody at the firm asks those who may assign them to a client, for some hours (F-240)."""

from datetime import timedelta
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q

from clients.models.connections import ConnectionOwned
from practice import clock
from practice.history import History
from practice.models import User
from practice.tenancy import FirmOwnedQuerySet

Asked = TypeVar("Asked", bound="Question")


class RequestState(models.TextChoices):
    OPEN = "open", "Open"
    GRANTED = "granted", "Granted"
    DECLINED = "declined", "Declined"
    CLOSED = "closed", "Closed"  # nobody need answer any more: the relationship or the job ended


class Window(models.IntegerChoices):
    """For how many hours somebody is assigned; it ends to the minute."""

    DAY = 24, "1 day"
    THREE_DAYS = 72, "3 days"
    WEEK = 168, "1 week"
    MONTH = 720, "30 days"

    @property
    def span(self) -> timedelta:
        return timedelta(hours=self.value)


def answered_or_open(name: str) -> models.CheckConstraint:
    is_open = Q(state=RequestState.OPEN, answered_at=None)
    is_answered = Q(state__in=RequestState.values[1:], answered_at__isnull=False)
    return models.CheckConstraint(name=name, condition=is_open | is_answered)


class QuestionQuerySet(FirmOwnedQuerySet[Asked]):
    def open(self) -> Self:
        return self.filter(state=RequestState.OPEN)


class Question(ConnectionOwned):
    """Somebody at the firm asks, with a reason; `key` is the form's: two clicks are one."""

    reason = models.CharField(max_length=300)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now, editable=False)
    state = models.CharField(max_length=10, choices=RequestState, default=RequestState.OPEN)
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    key = models.UUIDField(editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.asked_by}: {self.reason[:40]}"


class AccessRequest(Question):
    """Of the firm, to the owner of the account."""

    history = History(excluded_fields=["key"])
    objects = QuestionQuerySet["AccessRequest"].as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection"],
                condition=Q(state=RequestState.OPEN),
                name="one_open_access_request",
            ),
            models.UniqueConstraint(
                fields=["connection", "key"], name="access_request_once_per_form"
            ),
            answered_or_open("access_request_answered_or_open"),
        ]


class AssignmentRequest(Question):
    """Of a person, to those at the firm who may assign them; `hours` is what was asked for."""

    hours = models.PositiveSmallIntegerField(choices=Window)

    history = History(excluded_fields=["key"])
    objects = QuestionQuerySet["AssignmentRequest"].as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "asked_by"],
                condition=Q(state=RequestState.OPEN),
                name="one_open_assignment_request_each",
            ),
            models.UniqueConstraint(
                fields=["connection", "key"], name="assignment_request_once_per_form"
            ),
            answered_or_open("assignment_request_answered_or_open"),
        ]
