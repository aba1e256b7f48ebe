"""Words sent to people: written in the business transaction, sent by the dispatcher (design 5)."""

from collections.abc import Callable
from typing import Any, Self

from django.db import models

from practice import clock
from practice.models.firms import SYSTEM_OR_OPERATOR, Firm
from practice.permissions import Standing
from practice.tenancy import FirmOwnedQuerySet

ReaderRule = Callable[[Any, Standing], Any]
_reader_rules: list[ReaderRule] = []


def reader_rule(rule: ReaderRule) -> ReaderRule:
    """Register what an app above keeps from some readers of the outbox: rows, standing → rows."""
    _reader_rules.append(rule)
    return rule


class Channel(models.TextChoices):
    EMAIL = "email", "Email"
    TEXT = "text", "Text message"


class MessageState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"


class MessageQuerySet(FirmOwnedQuerySet["Message"]):
    def due(self) -> Self:
        return self.filter(state=MessageState.WAITING, not_before__lte=clock.now())

    def readable_by(self, standing: Standing) -> Self:
        """The firm's messages, without those about what the person may not see."""
        rows = self.filter(firm_id=standing.firm_id)
        for rule in _reader_rules:
            rows = rule(rows, standing)
        return rows


class Message(models.Model):
    """One mail or text. `key` is unique, so that what is said once is sent once."""

    firm = models.ForeignKey(
        Firm, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    key = models.CharField(max_length=200, unique=True)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.EMAIL)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=MessageState, default=MessageState.WAITING)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    not_before = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    # A person who signs up belongs to no firm yet: their mail carries none, and only the system
    # and operators read it back.
    row_policy = f"firm_id = (SELECT app.firm_id()) OR {SYSTEM_OR_OPERATOR}"

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["firm", "-created_at"], name="message_by_firm"),
            models.Index(
                fields=["not_before"],
                name="message_due",
                condition=models.Q(state=MessageState.WAITING),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject or self.body[:40]} → {self.recipient}"
