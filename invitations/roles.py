"""The names of what an invitation may be."""

from django.db import models


class InvitationStatus(models.TextChoices):
    """An overdue invitation is expired whatever its row says (F-016a)."""

    PENDING = "pending", "Pending"
    ACCEPTED = "accepted", "Accepted"
    EXPIRED = "expired", "Expired"
    REJECTED = "rejected", "Rejected"
    CANCELLED = "cancelled", "Cancelled"


class ReconnectKind(models.TextChoices):
    """To a client whose relationship ended: take it up again, or begin another one (F-081)."""

    RECONNECT = "reconnect", "Reconnection"
    NEW_LINK = "new_link", "New connection"


class InvitationSource(models.TextChoices):
    """How a client found the branch (F-112a)."""

    LINK = "link", "Client Pays link"
    EXTERNAL = "external", "External Access"
