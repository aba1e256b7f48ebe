"""What stands twice must agree: the copied columns of a client against their sources (design 7)."""

from collections.abc import Iterator
from dataclasses import dataclass

from clients.contact_rules import ENDED
from clients.models import Connection, Tag
from clients.search import search_text
from practice.history import because
from practice.tenancy import as_system
from practice.text import fold, sort_key

BATCH = 1000
REASON = "Corrected a copied fact that had come to differ from its source."


@dataclass(frozen=True)
class Difference:
    """A column that says something else than its source."""

    connection: Connection
    column: str
    is_: object
    should_be: object

    def __str__(self) -> str:
        row, says = self.connection, f"{self.column} is {self.is_!r}, not {self.should_be!r}"
        return f"client {row.pk} of firm {row.firm_id}: {says}"


def check_connections(*, fix: bool = False) -> Iterator[Difference]:
    """Every difference; with `fix` each is corrected, a thousand clients per transaction."""
    last = 0
    while True:
        with as_system():
            rows = list(next_batch(last, is_locked=fix))
            found = list(differences(rows))
            if fix and found:
                correct(found)
        yield from found
        if not rows:
            return
        last = rows[-1].pk


def next_batch(after: int, *, is_locked: bool) -> Iterator[Connection]:
    rows = Connection.objects.filter(pk__gt=after).order_by("pk").select_related("account")
    if is_locked:
        rows = rows.select_for_update(of=("self",))
    yield from rows[:BATCH]


def differences(rows: list[Connection]) -> Iterator[Difference]:
    tags = Tag.objects.in_bulk({tag_id for row in rows for tag_id in row.tag_ids})
    for row in rows:
        own = [tags[pk] for pk in row.tag_ids if pk in tags and tags[pk].firm_id == row.firm_id]
        for column, should_be in expected(row, own).items():
            if not agrees(column, getattr(row, column), should_be):
                yield Difference(row, column, getattr(row, column), should_be)


def expected(row: Connection, tags: list[Tag]) -> dict[str, object]:
    """What the copied columns should say; a closed relationship keeps the company as it was."""
    name = row.name
    facts: dict[str, object] = {}
    if row.status not in ENDED:
        name = row.account.name
        facts = {
            "name": name,
            "plan": row.account.plan,
            "subscription_status": row.account.subscription_status,
        }
    words = (name, row.client_number, row.contact_name, row.contact_email)
    return {
        **facts,
        "name_sort": sort_key(name),
        "client_number_key": fold(row.client_number),
        "tag_ids": [tag.pk for tag in tags],
        "search_text": search_text(*words, *(tag.name for tag in tags)),
    }


def agrees(column: str, value: object, should_be: object) -> bool:
    """The words of the search may stand in any order."""
    if column == "search_text":
        return set(str(value).split("\n")) == set(str(should_be).split("\n"))
    return value == should_be


def correct(found: list[Difference]) -> None:
    for difference in found:
        setattr(difference.connection, difference.column, difference.should_be)
    rows = {difference.connection.pk: difference.connection for difference in found}
    columns = sorted({difference.column for difference in found})
    with because(REASON):
        Connection.objects.bulk_update(rows.values(), columns, batch_size=500)
