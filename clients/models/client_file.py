"""Clients as a table for a spreadsheet: the list's columns, and the reports about many clients.

Lines come in batches along the name, so that memory stays flat.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from clients.models.activity import ActivityEvent
from clients.models.assignments import TeamAssignment
from clients.models.connections import Connection
from clients.models.tags import Tag
from clients.roles import BillingModel, ConnectionStatus
from practice import clock

BATCH = 2000
ACTIVITY_OF = timedelta(days=90)
Tags = Mapping[int, str]
Lines = tuple[list[str], Iterator[list[Any]]]


def iso(moment: Any) -> str:
    return moment.isoformat() if moment else ""


CELLS: dict[str, tuple[str, Callable[[Any, Tags], Any]]] = {
    "number": ("Client ID", lambda row, _: row.client_number),
    "name": ("Company", lambda row, _: row.name),
    "status": ("Status", lambda row, _: str(ConnectionStatus(row.status).label)),
    "model": ("Billing model", lambda row, _: str(BillingModel(row.billing_model).label)),
    "branch": ("Branch", lambda row, _: row.branch.name),
    "contact": ("Contact name", lambda row, _: row.contact_name),
    "email": ("Contact email", lambda row, _: row.contact_email),
    "plan": ("Plan", lambda row, _: row.plan),
    "subscription": ("Subscription", lambda row, _: row.get_subscription_status_display()),
    "access": ("Access Status", lambda row, _: str(row.access_status.label)),
    "connected": ("Connected", lambda row, _: iso(row.connected_on)),
    "activity": ("Last activity", lambda row, _: iso(row.last_activity_at)),
    "accessed": ("Last accessed", lambda row, _: iso(row.last_accessed_at)),
    "tags": ("Tags", lambda row, tags: ", ".join(tags[i] for i in row.tag_ids if i in tags)),
    "level": ("Client access level", lambda row, _: row.get_access_level_display()),
    "usage": ("Usage", lambda row, _: "Active" if is_used(row) else "In-Active"),
    "primary": ("Primary accountant", lambda row, _: row.primary_accountant or ""),
}
READ_ALONG = ("level", "usage", "primary")  # `by_name` brings what they need
EVERY = tuple(name for name in CELLS if name not in READ_ALONG)
USUAL = ("number", "name", "status", "model", "branch", "tags", "activity", "connected")
OPTIONAL = (
    "plan", "subscription", "access", "usage", "accessed", "contact", "email", "primary"
)  # fmt: skip


def is_used(row: Any) -> bool:
    since = clock.now() - timedelta(days=row.usage_days)
    return row.last_job_at is not None and row.last_job_at > since


def header_of(columns: Iterable[str]) -> list[str]:
    return [CELLS[name][0] for name in columns]


def line(row: Connection, tags: Tags, columns: Iterable[str] = EVERY) -> list[Any]:
    return [CELLS[name][1](row, tags) for name in columns]


def by_name(taken: QuerySet[Any]) -> Iterator[list[Connection]]:
    """Batches of the clients whose ids `taken` holds, in the order of the list."""
    rows = Connection.objects.filter(pk__in=taken).select_related("firm", "branch")
    rows = rows.defer("internal_notes", "search_text").order_by("name_sort", "pk")
    primary = TeamAssignment.objects.running().filter(content_object=OuterRef("pk"))
    rows = rows.annotate(
        last_job_at=F("usage__last_job_at"),
        usage_days=F("firm__usage_days"),
        primary_accountant=Subquery(primary.filter(is_primary=True).values("user__full_name")[:1]),
    )
    beyond = Q()
    while batch := list(rows.filter(beyond)[:BATCH]):
        yield batch
        last = batch[-1]
        beyond = Q(name_sort__gt=last.name_sort) | Q(name_sort=last.name_sort, pk__gt=last.pk)


def export_file(taken: QuerySet[Any], firm_id: int, columns: Iterable[str]) -> Lines:
    """The list's usual columns and those that were chosen beside them (F-086d)."""
    chosen = set(columns)
    shown = [*USUAL, *(name for name in OPTIONAL if name in chosen)]
    return header_of(shown), details(taken, firm_id, shown)


def details(taken: QuerySet[Any], firm_id: int, columns: Sequence[str]) -> Iterator[list[Any]]:
    tags = dict(Tag.objects.filter(firm_id=firm_id).values_list("pk", "name"))
    for batch in by_name(taken):
        yield from (line(row, tags, columns) for row in batch)


def details_report(taken: QuerySet[Any], firm_id: int) -> Lines:
    return header_of(CELLS), details(taken, firm_id, list(CELLS))


def team_report(taken: QuerySet[Any], _firm_id: int) -> Lines:
    """One line for each assignment that runs; a client without one has a line too."""
    header = "Client ID,Company,Branch,Team member,Email,Role,Since,Until,Primary accountant"
    return header.split(","), team_lines(taken)


def team_lines(taken: QuerySet[Any]) -> Iterator[list[Any]]:
    for batch in by_name(taken):
        ties = TeamAssignment.objects.running().filter(content_object__in=batch)
        found: dict[int, list[TeamAssignment]] = {}
        for tie in ties.select_related("user").order_by("user__full_name", "pk"):
            found.setdefault(tie.content_object_id, []).append(tie)
        for row in batch:
            client = [row.client_number, row.name, row.branch.name]
            for tie in found.get(row.pk, ()):
                yield [*client, *facts_of(tie)]
            if row.pk not in found:
                yield [*client, "nobody", "", "", "", "", ""]


def facts_of(tie: TeamAssignment) -> list[Any]:
    since, role = tie.granted_at.date(), tie.get_role_display()
    return [str(tie.user), tie.user.email, role, since, tie.last_day, tie.is_primary]


def activity_report(taken: QuerySet[Any], _firm_id: int) -> Lines:
    """The timelines of the last 90 days, one line for each event, the newest first."""
    return ["Client ID", "Company", "When", "Kind", "What", "Who"], activity_lines(taken)


def activity_lines(taken: QuerySet[Any]) -> Iterator[list[Any]]:
    since = clock.now() - ACTIVITY_OF
    for batch in by_name(taken):
        events = ActivityEvent.objects.filter(connection__in=batch, at__gte=since)
        rows = {row.pk: row for row in batch}
        ordered = events.select_related("actor").order_by("connection__name_sort", "-at", "-pk")
        for event in ordered.iterator(chunk_size=BATCH):
            row, who = rows[event.connection_id], str(event.actor or "")
            kind = event.get_kind_display()
            yield [row.client_number, row.name, iso(event.at), kind, event.text, who]


@dataclass(frozen=True)
class Kind:
    """One of the reports about many clients (F-086f)."""

    label: str
    means: str
    file: Callable[[QuerySet[Any], int], Lines]


KINDS: dict[str, Kind] = {
    "details": Kind(
        "Client details", "One line for each client, with all columns.", details_report
    ),
    "team": Kind("Team assignments", "Who works for each client, in which role.", team_report),
    "activity": Kind("Activity", "What happened with each in the last 90 days.", activity_report),
}
