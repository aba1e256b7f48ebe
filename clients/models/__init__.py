"""Whom the practice acts for."""

from clients.models.accounts import ClientAccount
from clients.models.activity import AccessVisit, ActivityEvent, EventKind, UsageSnapshot
from clients.models.assignments import TeamAssignment
from clients.models.connections import Connection, ConnectionPeriod
from clients.models.contacts import Contact, ContactAccess
from clients.models.imports import ImportRow, ImportRun, ImportState, RowOutcome
from clients.models.reviews import AccessReview, AccessReviewItem, Decision
from clients.models.tags import Tag

__all__ = [
    "AccessReview",
    "AccessReviewItem",
    "AccessVisit",
    "ActivityEvent",
    "ClientAccount",
    "Connection",
    "ConnectionPeriod",
    "Contact",
    "ContactAccess",
    "Decision",
    "EventKind",
    "ImportRow",
    "ImportRun",
    "ImportState",
    "RowOutcome",
    "Tag",
    "TeamAssignment",
    "UsageSnapshot",
]
