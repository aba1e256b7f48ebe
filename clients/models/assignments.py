"""Ties: this person works for this client, in this role. All that guardian stores."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from guardian.models import UserObjectPermissionBase

from clients.roles import ClientRole
from practice import clock
from practice.history import History
from practice.models import User
from practice.tenancy import FirmOwnedQuerySet

END_REACHED = "The agreed end was reached."  # the reason in the history
UNUSED_AFTER = timedelta(days=90)  # F-062


class TeamAssignmentQuerySet(FirmOwnedQuerySet["TeamAssignment"]):
    def running(self) -> Self:
        """Ties that have not reached their end (F-240)."""
        return self.filter(has_not_ended())

    def past_their_end(self) -> Self:
        return self.filter(ends_at__lte=clock.now())

    def of(self, user_id: int, firm_id: int) -> Self:
        return self.filter(has_not_ended(), user_id=user_id, firm_id=firm_id)


def has_not_ended() -> Q:
    return Q(ends_at=None) | Q(ends_at__gt=clock.now())


class TeamAssignmentManager(models.Manager.from_queryset(TeamAssignmentQuerySet)):  # type: ignore[misc]
    """Guardian looks for ties through its own manager methods; ours are the queryset's."""


class TeamAssignment(UserObjectPermissionBase):
    """Guardian's user-object permission with real foreign keys, and the facts about the grant."""

    content_object = models.ForeignKey(
        "clients.Connection", on_delete=models.PROTECT, related_name="assignments"
    )
    firm = models.ForeignKey("practice.Firm", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=ClientRole, default=ClientRole.FULL)
    granted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    granted_at = models.DateTimeField(default=clock.now, editable=False)
    reason = models.CharField(max_length=300, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    is_primary = models.BooleanField("primary accountant", default=False)

    history = History()
    objects: ClassVar[Any] = TeamAssignmentManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "content_object"], name="team_assignment_once_per_person"
            ),
            models.UniqueConstraint(
                fields=["content_object"],
                condition=Q(is_primary=True),
                name="one_primary_accountant_per_client",
            ),
        ]
        indexes = [
            models.Index(fields=["firm", "user", "content_object"], name="assignment_by_person"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"

    @property
    def last_day(self) -> date | None:
        """The day that the assignment runs through, in the reader's zone."""
        return last_day(self.ends_at) if self.ends_at else None

    @property
    def is_timed(self) -> bool:
        return self.ends_at is not None and is_timed(self.ends_at)

    def is_unused(self, last_used_at: datetime | None) -> bool:
        """No visit for 90 days, counted from the last one or from the grant (F-062, C26)."""
        since = max(self.granted_at, last_used_at or self.granted_at)
        return clock.now() - since >= UNUSED_AFTER


def last_day(ends_at: datetime) -> date:
    """An end at midnight belongs to the day before."""
    return timezone.localdate(ends_at - timedelta(microseconds=1))


def is_timed(ends_at: datetime) -> bool:
    """Whether it is the end of a window of hours (F-240): the end of a day has no seconds."""
    return bool(ends_at.second or ends_at.microsecond)


def end_words(ends_at: datetime) -> str:
    """27 Jun 2026, the last day; of a window of hours 28 Jun 2026, 14:05 UTC, as it is kept."""
    if not is_timed(ends_at):
        day = last_day(ends_at)
        return f"{day.day} {day:%b %Y}"
    at = ends_at.astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def is_later(ends_at: datetime | None, than: datetime | None) -> bool:
    """Whether the first end is later; None is no end at all."""
    return than is not None and (ends_at is None or ends_at > than)
