"""The historical records of one client, in sections of plain tables (F-076, F-076a).

The page and the export read the same sections. They end at the closing instant: what a
reconnection adds later is another period's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from clients import permissions as p
from clients.models.access_history import SYSTEM, access_changes
from clients.models.activity import ActivityEvent, UsageSnapshot
from clients.models.connections import Connection, ConnectionOwned, ConnectionPeriod
from clients.models.contacts import ContactAccess
from clients.models.correspondence import ClientMessage
from clients.models.engagement import engagement_of
from clients.models.notes import Note
from clients.models.work import KeyDate, Task
from clients.roles import ConnectionStatus
from practice import clock
from practice.emails import for_colleagues
from practice.models.entries import Entry, entries
from practice.models.trail import AuditFilter, Trail, Viewer, read_versions
from practice.permissions import VIEW_AUDIT, Verdict

MOST = 20_000  # entries of the audit trail of one client
BATCH = 500
FACTS = ("What", "Value")
Row = Sequence[object]


@dataclass(frozen=True)
class Section:
    """One table; `needs` is the permission that opens it, beside that for the records."""

    key: str
    title: str
    header: tuple[str, ...]
    empty: str
    needs: str = ""

    @property
    def is_facts(self) -> bool:
        """Label and value, rather than one line for each event."""
        return self.header == FACTS


SECTIONS = (
    Section("details", "Details", FACTS, "Nothing is on record."),
    Section(
        "reports",
        "Reports",
        FACTS,
        "The account sent no usage report before the relationship ended.",
    ),
    Section("timeline", "Timeline", ("When", "What", "By"), "Nothing happened."),
    Section(
        "audit",
        "Audit trail",
        ("When", "Who", "What", "Before and after", "Why"),
        "No change is on record that you may read.",
        VIEW_AUDIT,
    ),
    Section(
        "access",
        "Access history",
        ("When", "What", "Who", "Role, level or branch", "By", "Why"),
        "Nobody’s access changed.",
        p.VIEW_ACCESS_HISTORY,
    ),
    Section(
        "notes",
        "Notes",
        ("When", "Kind", "By", "Note"),
        "No notes were written.",
        p.VIEW_CLIENT_NOTES,
    ),
    Section(
        "tasks",
        "Tasks",
        ("Task", "Details", "Assigned to", "Due", "Added by", "Added", "Done", "Done by"),
        "No tasks were added.",
    ),
    Section(
        "dates",
        "Important dates",
        ("What", "Date", "Every year", "Added by", "Added"),
        "No important dates were added.",
    ),
    Section(
        "emails",
        "Email history",
        ("Written", "Contact", "To", "Channel", "Subject", "State", "Sent", "Written by", "Text"),
        "Nothing was written through the portal.",
    ),
)
BY_KEY = {section.key: section for section in SECTIONS}


@dataclass(frozen=True)
class Records:
    """What the viewer reads about a client whose relationship has ended."""

    connection: Connection
    viewer: Viewer

    @cached_property
    def until(self) -> datetime:
        return self.connection.disconnected_at or clock.now()

    @cached_property
    def recorded_until(self) -> datetime:
        """When the end was written down: the demo tells of older ends."""
        past = Connection.history.filter(id=self.connection.pk).order_by("-history_id")
        at = self.until
        for status, written_at in past.values_list("status", "history_date"):
            if status != ConnectionStatus.DISCONNECTED:
                break
            at = max(self.until, written_at)
        return at

    def verdict(self, section: Section) -> Verdict | None:
        """None where the records alone are enough."""
        if not section.needs:
            return None
        row: Any = self.connection.branch if section.needs == VIEW_AUDIT else self.connection
        return Verdict.of(row.rules(self.viewer.standing, section.needs))

    def is_open(self, section: Section) -> bool:
        verdict = self.verdict(section)
        return verdict is None or verdict.allowed

    def rows(self, section: Section) -> list[Row]:
        return list(self.each(section))

    def each(self, section: Section) -> Iterator[Row]:
        """One after the other, so that a file of them needs no memory."""
        found: Iterator[Row] = getattr(self, f"_{section.key}")()
        return found

    def _details(self) -> Iterator[Row]:
        row = self.connection
        yield "Company", row.name
        yield "Client ID", row.client_number
        yield "Branch", row.branch.name
        yield "Billing model", row.get_billing_model_display()
        yield "Client access level", row.get_access_level_display()
        yield "Primary contact", f"{row.contact_name} {row.contact_email}".strip()
        for period in self._periods():
            yield "Relationship", " ".join(filter(None, [span(period), period.close_reason]))
        if not row.is_open:
            yield "Disconnected", self.until
            yield "Reason", row.disconnect_reason
        people = ContactAccess.objects.filter(connection=row).select_related("contact")
        for person in people.order_by("-is_primary", "contact__name"):
            yield "Contact", f"{person.contact.name} {person.contact.email}".strip()

    def _periods(self) -> Any:
        return ConnectionPeriod.objects.filter(connection=self.connection)

    def _reports(self) -> Iterator[Row]:
        usage = UsageSnapshot.objects.filter(connection=self.connection).first()
        if usage is None or usage.taken_at > self.until:
            return
        yield "Reported", usage.taken_at
        yield "Transactions in 30 days", usage.transactions
        yield "Transactions by month, oldest first", ", ".join(map(str, usage.monthly))
        yield "Latest invoice", usage.latest_invoice_on
        yield "Last reconciliation", usage.last_reconciled_on
        yield "Reports generated in 30 days", usage.reports_generated
        yield "Engagement score", engagement_of(usage, usage.taken_at).total
        yield "Accounting package", usage.accounting_package

    def _timeline(self) -> Iterator[Row]:
        for event in self._events().select_related("actor").iterator(chunk_size=BATCH):
            yield event.at, event.text, str(event.actor) if event.actor else SYSTEM

    def _events(self) -> Any:
        return ActivityEvent.objects.filter(connection=self.connection, at__lte=self.until)

    def _access(self) -> Iterator[Row]:
        for c in access_changes(self.connection):
            if c.at <= self.recorded_until:
                yield c.at, c.what, c.whom, c.role, c.by, c.reason

    def _notes(self) -> Iterator[Row]:
        notes = Note.objects.about(self.connection.pk).filter(created_at__lte=self.until)
        for note in notes.select_related("author").iterator(chunk_size=BATCH):
            author = str(note.author) if note.author else SYSTEM
            yield note.created_at, note.get_kind_display(), author, note.text
        if self.connection.internal_notes:
            yield "", "Internal notes", "", self.connection.internal_notes

    def _tasks(self) -> Iterator[Row]:
        tasks = self._added(Task).select_related("assignee", "created_by", "done_by")
        for task in tasks.iterator(chunk_size=BATCH):
            who, by = task.assignee or "", task.created_by or SYSTEM
            is_done = task.done_at is not None and task.done_at <= self.until
            done = (task.done_at, task.done_by or "") if is_done else ("", "")
            yield task.title, task.details, who, task.due_on, by, task.created_at, *done

    def _dates(self) -> Iterator[Row]:
        dates = self._added(KeyDate).select_related("created_by")
        for date in dates.iterator(chunk_size=BATCH):
            often, by = "Yes" if date.is_yearly else "No", date.created_by or SYSTEM
            yield date.title, date.on, often, by, date.created_at

    def _emails(self) -> Iterator[Row]:
        """Without links by which the recipient alone answers."""
        rows = self._added(ClientMessage).select_related("message", "contact", "written_by")
        for row in rows.iterator(chunk_size=BATCH):
            message = row.message
            yield (
                row.created_at,
                row.contact or "",
                message.recipient,
                message.get_channel_display(),
                message.subject,
                message.get_state_display(),
                message.sent_at,
                row.written_by or "",
                for_colleagues(message.body),
            )

    def _added(self, model: type[ConnectionOwned]) -> Any:
        rows: Any = model._default_manager
        return rows.filter(connection=self.connection, created_at__lte=self.until)

    def _audit(self) -> Iterator[Row]:
        for entry in self._entries():
            if entry.at > self.recorded_until:
                continue
            what = f"{entry.kind} {entry.verb} {entry.about}".strip()
            told = "; ".join(f"{c.label}: {c.before} → {c.after}" for c in entry.changes)
            yield entry.at, entry.who, what, told, entry.reason

    def _entries(self) -> Iterator[Entry]:
        """Newest first. Read in batches, as each needs its version before."""
        trail = Trail(self.viewer, AuditFilter(clients=[self.connection.pk]))
        places = trail.places(MOST)
        for start in range(0, len(places), BATCH):
            yield from entries(read_versions(places[start : start + BATCH]), self.viewer)


def span(period: ConnectionPeriod) -> str:
    """10 Jun 2024 – 13 Oct 2026."""
    days = [day for day in (period.opened_on, period.closed_on) if day]
    return " – ".join(f"{day.day} {day:%b %Y}" for day in days)
