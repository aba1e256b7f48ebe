"""What the firm writes down about a client, never shown to the client (S0.69, F-089a)."""

from typing import Self

from django.db import models
from django.db.models import Q

from clients.models.connections import ConnectionOwned
from practice import clock
from practice.history import History
from practice.models import User
from practice.tenancy import FirmOwnedQuerySet


class NoteKind(models.TextChoices):
    INTERNAL = "internal", "Internal note"
    MEETING = "meeting", "Meeting note"


class NoteQuerySet(FirmOwnedQuerySet["Note"]):
    def about(self, connection_id: int) -> Self:
        return self.filter(connection_id=connection_id)

    def saying(self, words: str) -> Self:
        """In the text, or among those who met."""
        return self.filter(Q(text__icontains=words) | Q(attendees__icontains=words))


class Note(ConnectionOwned):
    """One note. Earlier texts, and deleted notes, stay in the history (F-089c)."""

    kind = models.CharField(max_length=12, choices=NoteKind, default=NoteKind.INTERNAL)
    text = models.TextField(max_length=20_000)
    author = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    met_on = models.DateField("date of the meeting", null=True, blank=True)
    attendees = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True, editable=False)

    is_client_content = True  # operators see it by a break-glass grant alone (design 1)

    history = History()
    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind=NoteKind.MEETING) | Q(met_on__isnull=False),
                name="meeting_note_says_when",
            )
        ]
        indexes = [
            models.Index(fields=["connection", "-created_at", "-id"], name="note_by_connection")
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def stamp(self) -> str:
        """Another after every edit: a form says which version it was read at (F-237)."""
        return (self.edited_at or self.created_at).isoformat()
