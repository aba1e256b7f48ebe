"""Who at the firm looked at the portal as a contact has it (F-185b)."""

from django.db import models

from clients.models import Contact
from clients.models.connections import ConnectionOwned
from practice import clock
from practice.history import History
from practice.models import User
from practice.tenancy import FirmOwnedQuerySet


class PortalPreview(ConnectionOwned):
    """The same person as the same contact within a quarter of an hour is one row."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    window = models.IntegerField(editable=False)

    history = History()
    objects = FirmOwnedQuerySet["PortalPreview"].as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "contact", "user", "window"], name="preview_once_in_a_window"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} as {self.contact}"
