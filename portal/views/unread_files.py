"""Files that wait to be read by a contact: in the list of things to do, and on the tab (F-167)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max

from clients.models import ContactAccess
from portal.models import ClientFile
from portal.models.files import TO_SEE_ANY, FileQuerySet
from portal.tabs import PortalTab
from portal.todo import TodoItem


def unread(accesses: Sequence[ContactAccess]) -> FileQuerySet:
    rows: FileQuerySet = ClientFile.objects.seen_by(*accesses)
    return rows.unread_by(accesses[0].contact).order_by()


def counts(accesses: Sequence[ContactAccess]) -> Mapping[int, int]:
    """By connection, in one query."""
    rows = unread(accesses).values("connection_id").annotate(count=Count("pk"))
    return dict(rows.values_list("connection_id", "count"))


def files_to_read(accesses: Sequence[ContactAccess]) -> list[TodoItem]:
    """One line for each business, in one query."""
    if not accesses:
        return []
    rows = unread(accesses).values("connection_id")
    found = rows.annotate(
        since=Max("visible_at"), names=ArrayAgg("name", order_by=("-visible_at", "-pk"))
    )
    return [line_of(row["connection_id"], row["names"], row["since"]) for row in found]


def line_of(connection_id: int, names: Sequence[str], since: Any) -> TodoItem:
    others = len(names) - 1
    title = names[0] if not others else f"{names[0]} and {others} more"
    return TodoItem(
        connection_id=connection_id,
        kind="New file" if not others else "New files",
        icon="file-text",
        title=title,
        detail="",
        action="Read",
        url_name="files",
        since=since,
    )


TAB = PortalTab(label="Files", url_name="files", actions=TO_SEE_ANY, order=30, counts=counts)
