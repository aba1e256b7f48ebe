"""Tickets that the firm opens on behalf of a client, or the client itself, and what both sides
answer (F-136, F-136a, F-147)."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Q

from clients.models.connections import ConnectionOwned
from practice import clock
from practice.history import History
from practice.models import User
from practice.tenancy import FirmOwnedQuerySet


class TicketPriority(models.TextChoices):
    URGENT = "urgent", "Urgent"
    HIGH = "high", "High"
    NORMAL = "normal", "Normal"
    LOW = "low", "Low"


# How soon the firm answers: so long after the ticket is opened, and after the client wrote.
ANSWER_WITHIN = {
    TicketPriority.URGENT: timedelta(hours=4),
    TicketPriority.HIGH: timedelta(days=1),
    TicketPriority.NORMAL: timedelta(days=2),
    TicketPriority.LOW: timedelta(days=5),
}


class TicketQuerySet(FirmOwnedQuerySet["Ticket"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def closed(self) -> Self:
        return self.filter(closed_at__isnull=False)

    def overdue(self) -> Self:
        """Open, and the firm has not answered in time."""
        return self.open().filter(due_at__lte=clock.now())


class Ticket(ConnectionOwned):
    """A question or fault of a client, numbered in its firm from 1.

    `due_at` says until when the firm owes an answer; none while it is the client's turn. `key` is
    the form's: two clicks are one ticket. `is_client`: the account's owner wrote it.
    """

    number = models.PositiveIntegerField(editable=False)
    subject = models.CharField(max_length=200)
    text = models.TextField(max_length=5_000)
    priority = models.CharField(max_length=10, choices=TicketPriority)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_client = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    key = models.UUIDField(editable=False)

    is_client_content = True

    history = History(excluded_fields=["key"])
    objects = TicketQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["firm", "number"], name="ticket_number_once_per_firm"),
            models.UniqueConstraint(fields=["firm", "key"], name="ticket_once_per_form"),
            models.CheckConstraint(
                name="ticket_priority_known", condition=Q(priority__in=TicketPriority.values)
            ),
            models.CheckConstraint(
                name="ticket_closed_by_somebody",
                condition=Q(closed_at=None, closed_by=None)
                | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["connection", "-id"], name="ticket_by_connection")]

    def __str__(self) -> str:
        return f"Ticket {self.number}: {self.subject}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def is_overdue(self) -> bool:
        return self.is_open and self.due_at is not None and self.due_at <= clock.now()

    @property
    def state(self) -> str:
        """In a word, as the list shows it."""
        if not self.is_open:
            return "Closed"
        return "Open" if self.due_at else "Answered"


class TicketReply(ConnectionOwned):
    """What somebody wrote under a ticket; `is_client`: the account's owner, not the firm."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="replies")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_client = models.BooleanField(default=False)
    text = models.TextField(max_length=5_000)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    key = models.UUIDField(editable=False)

    is_client_content = True

    objects = FirmOwnedQuerySet["TicketReply"].as_manager()

    class Meta:
        verbose_name_plural = "ticket replies"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["ticket", "key"], name="ticket_reply_once_per_form")
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:40]}"
