"""Which models about clients are in the audit trail, and for whom."""

from collections.abc import Iterable, Sequence

from clients import permissions as p
from clients.models.access_requests import AccessRequest, AssignmentRequest
from clients.models.accounts import ClientAccount
from clients.models.alerts import Alert
from clients.models.assignments import TeamAssignment
from clients.models.bulk import BulkRun
from clients.models.connections import Connection, ConnectionPeriod, ConnectionQuerySet
from clients.models.contacts import Contact, ContactAccess
from clients.models.correspondence import MessageTemplate
from clients.models.handover import HandoverPack
from clients.models.notes import Note
from clients.models.owners import OwnerInvitation
from clients.models.reviews import AccessReview, AccessReviewItem
from clients.models.tags import Tag
from clients.models.tickets import Ticket
from clients.models.work import KeyDate, Task
from clients.search import SHORTEST, find_connections
from practice.models.trail import (
    AuditSource,
    Rows,
    Scope,
    Viewer,
    register,
    register_branch_finder,
    register_client_finder,
)
from practice.text import fold, sort_key

MOST_CLIENTS = 200


def readable(viewer: Viewer) -> ConnectionQuerySet:
    """Clients that the viewer may see, on branches whose trail the viewer may read."""
    rows: ConnectionQuerySet = Connection.objects.filter(firm_id=viewer.firm_id)
    seen = rows.for_standing(viewer.standing, p.VIEW_CLIENT).filter(viewer.on_branches("branch_id"))
    return seen.order_by()


def by_client(column: str) -> Scope:
    """A scope for rows with the client's id in this column."""

    def scope(rows: Rows, viewer: Viewer) -> Rows:
        rows = rows.filter(firm_id=viewer.firm_id)
        if viewer.standing.is_super_admin:
            return rows
        return rows.filter(**{f"{column}__in": readable(viewer).values("pk")})

    return scope


def of_contacts(rows: Rows, viewer: Viewer) -> Rows:
    """People who have, or had, something to do with a client that the viewer may read about."""
    rows = rows.filter(firm_id=viewer.firm_id)
    if viewer.standing.is_super_admin:
        return rows
    return contacts_of_clients(rows, readable(viewer).values("pk"))


def contacts_of_clients(rows: Rows, client_ids: Sequence[int] | Rows) -> Rows:
    accesses = ContactAccess.history.filter(connection_id__in=client_ids)
    return rows.filter(id__in=accesses.values("contact_id"))


def of_tags(rows: Rows, viewer: Viewer) -> Rows | None:
    return rows.filter(firm_id=viewer.firm_id) if viewer.branches is None else None


def of_reviews(rows: Rows, viewer: Viewer) -> Rows:
    return rows.filter(viewer.on_branches("branch_id"), firm_id=viewer.firm_id)


def of_bulk_runs(rows: Rows, viewer: Viewer) -> Rows:
    """One's own, and everybody's for a Super Admin: a run may name clients of any branch."""
    rows = rows.filter(firm_id=viewer.firm_id)
    if viewer.standing.is_super_admin:
        return rows
    return rows.filter(started_by_id=viewer.standing.user_id)


def of_accounts(rows: Rows, viewer: Viewer) -> Rows:
    return rows.filter(id__in=readable(viewer).values("account_id"))


def accounts_of_clients(rows: Rows, client_ids: Sequence[int]) -> Rows:
    connections = Connection.objects.filter(pk__in=client_ids)
    return rows.filter(id__in=connections.values("account_id"))


def find_clients(viewer: Viewer, text: str) -> list[int]:
    """By Client ID, or by a piece of the words that the client list finds them by."""
    rows = readable(viewer)
    number = fold(text)
    found = list(rows.filter(client_number_key=number).values_list("pk", flat=True))
    if found:
        return found
    if len(number) < SHORTEST:
        named = rows.filter(name_sort__startswith=sort_key(text))
    else:
        named = rows.filter(pk__in=find_connections(text, MOST_CLIENTS))
    return list(named.values_list("pk", flat=True)[:MOST_CLIENTS])


def branches_of(client_ids: Iterable[int]) -> dict[int, int]:
    rows = Connection.objects.filter(pk__in=client_ids).order_by()
    return dict(rows.values_list("pk", "branch_id"))


CONNECTION = AuditSource(
    Connection,
    "Client",
    by_client("id"),
    about="name",
    client="id",
    references={"tag_ids": Tag},
    guarded={"internal_notes": p.VIEW_CLIENT_NOTES, "disconnect_note": p.VIEW_CLIENT_NOTES},
)

register(
    CONNECTION,
    AuditSource(
        ConnectionPeriod, "Relationship", by_client("connection_id"), client="connection_id"
    ),
    AuditSource(
        TeamAssignment,
        "Team assignment",
        by_client("content_object_id"),
        about="user_id",
        client="content_object_id",
        hidden=frozenset({"permission_id"}),
    ),
    AuditSource(
        ContactAccess,
        "Contact’s permissions",
        by_client("connection_id"),
        about="contact_id",
        client="connection_id",
    ),
    AuditSource(
        Contact,
        "Contact",
        of_contacts,
        about="name",
        of_clients=contacts_of_clients,
        hidden=frozenset({"email_key"}),
    ),
    AuditSource(AccessReview, "Access review", of_reviews, about="quarter"),
    AuditSource(
        AccessReviewItem,
        "Access review decision",
        by_client("connection_id"),
        about="user_id",
        client="connection_id",
        hidden=frozenset({"place", "is_unused"}),
    ),
    AuditSource(
        Note,
        "Note",
        by_client("connection_id"),
        client="connection_id",
        guarded={"text": p.VIEW_CLIENT_NOTES, "attendees": p.VIEW_CLIENT_NOTES},
    ),
    AuditSource(Task, "Task", by_client("connection_id"), about="title", client="connection_id"),
    AuditSource(
        Ticket, "Ticket", by_client("connection_id"), about="subject", client="connection_id"
    ),
    AuditSource(Alert, "Alert", by_client("connection_id"), about="kind", client="connection_id"),
    AuditSource(
        AccessRequest,
        "Request for access",
        by_client("connection_id"),
        about="reason",
        client="connection_id",
    ),
    AuditSource(
        AssignmentRequest,
        "Request to be assigned",
        by_client("connection_id"),
        about="reason",
        client="connection_id",
    ),
    AuditSource(
        KeyDate,
        "Important date",
        by_client("connection_id"),
        about="title",
        client="connection_id",
    ),
    AuditSource(
        HandoverPack,
        "Handover pack",
        by_client("connection_id"),
        client="connection_id",
        hidden=frozenset({"file"}),
    ),
    AuditSource(
        OwnerInvitation,
        "Invitation to own an account",
        by_client("connection_id"),
        about="email",
        client="connection_id",
        hidden=frozenset({"email_key", "ends_at"}),
    ),
    AuditSource(MessageTemplate, "Message template", of_tags, about="name"),
    AuditSource(BulkRun, "Bulk action", of_bulk_runs, about="action"),
    AuditSource(Tag, "Tag", of_tags, about="name", hidden=frozenset({"name_key"})),
    AuditSource(
        ClientAccount,
        "Company",
        of_accounts,
        about="name",
        of_clients=accounts_of_clients,
        needs_client=True,
        hidden=frozenset({"has_method"}),  # the client's own (C15)
    ),
)
register_client_finder(find_clients)
register_branch_finder(branches_of)
