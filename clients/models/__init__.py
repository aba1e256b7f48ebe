"""Whom the practice acts for."""

from clients.models.access_requests import AccessRequest, AssignmentRequest, RequestState
from clients.models.accounts import ClientAccount
from clients.models.activity import AccessVisit, ActivityEvent, EventKind, UsageSnapshot
from clients.models.alerts import Alert, AlertKind, AlertOutcome, AlertState
from clients.models.assignments import TeamAssignment
from clients.models.bulk import BulkAction, BulkItem, BulkOutcome, BulkRun, BulkState
from clients.models.connections import Connection, ConnectionPeriod
from clients.models.contacts import Contact, ContactAccess, ContactStatus
from clients.models.correspondence import ClientMessage, MessageTemplate
from clients.models.handover import HandoverPack
from clients.models.imports import ImportRow, ImportRun, ImportState, RowOutcome
from clients.models.ledger import LedgerBlock, LedgerEntry, LedgerPage
from clients.models.notes import Note, NoteKind
from clients.models.owners import OwnerInvitation
from clients.models.reviews import AccessReview, AccessReviewItem, Decision
from clients.models.tags import Tag
from clients.models.tickets import Ticket, TicketPriority, TicketReply
from clients.models.usage import UsageDay, UsageEvent
from clients.models.work import KeyDate, Task

__all__ = [
    "AccessRequest",
    "AccessReview",
    "AccessReviewItem",
    "AccessVisit",
    "ActivityEvent",
    "Alert",
    "AlertKind",
    "AlertOutcome",
    "AlertState",
    "AssignmentRequest",
    "BulkAction",
    "BulkItem",
    "BulkOutcome",
    "BulkRun",
    "BulkState",
    "ClientAccount",
    "ClientMessage",
    "Connection",
    "ConnectionPeriod",
    "Contact",
    "ContactAccess",
    "ContactStatus",
    "Decision",
    "EventKind",
    "HandoverPack",
    "ImportRow",
    "ImportRun",
    "ImportState",
    "KeyDate",
    "LedgerBlock",
    "LedgerEntry",
    "LedgerPage",
    "MessageTemplate",
    "Note",
    "NoteKind",
    "OwnerInvitation",
    "RequestState",
    "RowOutcome",
    "Tag",
    "Task",
    "TeamAssignment",
    "Ticket",
    "TicketPriority",
    "TicketReply",
    "UsageDay",
    "UsageEvent",
    "UsageSnapshot",
]
