"""What waits for a person in the portal: one list, in which done things vanish (F-167)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from clients.models import ContactAccess


@dataclass(frozen=True)
class TodoItem:
    """One thing to do for one business, with the page on which it is done.

    `kind` names its icon and the word before it ("Question"); `url_args` come after the portal's
    own and the business's.
    """

    connection_id: int
    kind: str
    icon: str
    title: str
    detail: str
    action: str
    url_name: str
    since: datetime
    url_args: tuple[int, ...] = ()
    due_on: date | None = None


# Each area of the portal adds one function, in one query however many the businesses are. It is
# asked with those that the person may open, and judges by `access.explain` what it shows.
TODO: list[Callable[[Sequence[ContactAccess]], Sequence[TodoItem]]] = []


def waiting(accesses: Sequence[ContactAccess]) -> list[TodoItem]:
    """By due date, then the oldest first."""
    found = [item for area in TODO for item in area(accesses)]
    return sorted(found, key=lambda item: (item.due_on or date.max, item.since))
