"""Words on clients: adding some to many, setting those of one (F-086e, F-088, F-088a)."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection as database
from django.db import transaction

from clients.actions.events import record_lines
from clients.actions.judging import Outcome, Result, in_order, judge, lock_connections, only
from clients.models import Connection, EventKind, Tag
from clients.permissions import UPDATE_CLIENTS
from clients.search import search_text
from practice.actions.limits import standing_now
from practice.errors import Conflict, Refused
from practice.history import because
from practice.models import User
from practice.text import fold, tidy

NOTHING = "Name at least one tag."
SAVED_MEANWHILE = (
    "Somebody else saved this client while you were editing. Check its tags, then save."
)
SEVERAL_FIRMS = "These clients belong to different firms."

# One statement for many rows; arrays of different lengths travel as PostgreSQL writes them.
WRITE = """
UPDATE clients_connection SET tag_ids = said.tags::bigint[], search_text = said.words,
  version = clients_connection.version + 1
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS said (id, tags, words)
WHERE clients_connection.id = said.id
"""


@transaction.atomic
def add_tags(
    connection_ids: Iterable[int], names: Sequence[str], *, by: User, reason: str = ""
) -> list[Outcome]:
    """Put tags on clients beside those they have; words that are new become tags of the firm."""
    asked = list(connection_ids)
    wanted = spelled(names)
    if not wanted:
        raise Refused(NOTHING)
    firm_id = firm_of(asked)
    if firm_id is None:
        return in_order(asked, {})
    rows = lock_connections(firm_id, asked)
    verdicts = judge(rows, UPDATE_CLIENTS, standing_now(by, firm_id))
    keys = keys_of(rows)
    outcomes = {}
    for pk, (row, verdict) in verdicts.items():
        missing = missing_on(row, wanted, keys)
        if not missing:
            outcomes[pk] = Outcome(pk, Result.UNCHANGED, has_already(wanted))
        elif not verdict.allowed:
            outcomes[pk] = Outcome(pk, Result.REFUSED, verdict.reason)
        else:
            outcomes[pk] = Outcome(pk, Result.CHANGED, adds(missing))
    changing = [row for row in rows if row.pk in outcomes and outcomes[row.pk].is_changed]
    if changing:
        put_on(changing, wanted, by=by, reason=reason)
    return in_order(asked, outcomes)


@transaction.atomic
def set_tags(
    connection: Connection,
    names: Sequence[str],
    *,
    by: User,
    reason: str = "",
    version: int | None = None,
) -> Outcome:
    """Exactly these tags. Raises `Refused` where the person may not change the client.

    Raises `Conflict` when `version` is given and no longer the row's (F-237).
    """
    [row] = lock_connections(connection.firm_id, [connection.pk])
    verdict = judge([row], UPDATE_CLIENTS, standing_now(by, row.firm_id)).get(row.pk)
    if verdict is None or not verdict[1].allowed:
        says = verdict[1].reason if verdict else "There is no such client."
        return only([Outcome(row.pk, Result.REFUSED, says)])
    if version is not None and row.version != version:
        raise Conflict(SAVED_MEANWHILE, {"tag_ids": row.tag_ids})
    with because(reason or "Changed the client's tags.", by=by):
        tags = Tag.objects.named(row.firm_id, list(names)) if names else []
        ids = sorted(tag.pk for tag in tags)
        if ids == sorted(row.tag_ids):
            return Outcome(row.pk, Result.UNCHANGED, "The tags are these already.")
        write_tags([row], {row.pk: ids})
    said = ", ".join(f"“{tag.name}”" for tag in tags) or "none"
    record_lines([(row, f"{by} set the tags: {said}")], EventKind.TAGS, by=by)
    return Outcome(row.pk, Result.CHANGED, f"Tags: {said}")


def firm_of(connection_ids: Iterable[int]) -> int | None:
    rows = Connection.objects.filter(pk__in=set(connection_ids)).order_by()
    firm_ids = list(rows.values_list("firm_id", flat=True).distinct())
    if len(firm_ids) > 1:
        raise Refused(SEVERAL_FIRMS)
    return firm_ids[0] if firm_ids else None


def spelled(names: Iterable[str]) -> dict[str, str]:
    """Folded name → the first spelling of it."""
    return {fold(name): tidy(name) for name in reversed(list(names)) if tidy(name)}


def keys_of(rows: Sequence[Connection]) -> dict[int, str]:
    """The folded names of the tags that these clients have, by id."""
    held = {tag_id for row in rows for tag_id in row.tag_ids}
    return dict(Tag.objects.filter(pk__in=held).order_by().values_list("pk", "name_key"))


def missing_on(row: Connection, wanted: Mapping[str, str], keys: Mapping[int, str]) -> list[str]:
    """The names, as they were typed, that the client does not have."""
    held = {keys.get(tag_id) for tag_id in row.tag_ids}
    return [name for key, name in wanted.items() if key not in held]


def adds(names: Iterable[str]) -> str:
    return "adds " + ", ".join(sorted(f"“{name}”" for name in names))


def has_already(wanted: Mapping[str, str]) -> str:
    return "has " + ", ".join(sorted(f"“{name}”" for name in wanted.values())) + " already"


def put_on(
    rows: Sequence[Connection], wanted: Mapping[str, str], *, by: User, reason: str
) -> dict[int, list[int]]:
    """In the caller's transaction; `rows` are locked. Returns the tags that each has then."""
    with because(reason or "Added tags.", by=by):
        tags = Tag.objects.named(rows[0].firm_id, list(wanted.values()))
        new = {tag.pk for tag in tags}
        ids = {row.pk: sorted({*row.tag_ids, *new}) for row in rows}
        lines = lines_of(rows, tags, by)
        write_tags(rows, ids)
    record_lines(lines, EventKind.TAGS, by=by)
    return ids


def lines_of(
    rows: Sequence[Connection], tags: Sequence[Tag], by: User
) -> list[tuple[Connection, str]]:
    lines = []
    for row in rows:
        names = sorted(f"“{tag.name}”" for tag in tags if tag.pk not in row.tag_ids)
        lines.append(
            (row, f"{by} added the tag{'' if len(names) == 1 else 's'} {', '.join(names)}")
        )
    return lines


def write_tags(rows: Sequence[Connection], tag_ids: Mapping[int, Sequence[int]]) -> None:
    """Inside `because()`: tags, the words the client is found by, and the version. One statement.

    A client whose tags change under somebody's form is told so when that form is saved.
    """
    held = {tag_id for ids in tag_ids.values() for tag_id in ids}
    kept = Tag.objects.keep(held)
    names = dict(Tag.objects.filter(pk__in=kept).order_by().values_list("pk", "name"))
    ids, tags, words = [], [], []
    for row in rows:
        row.tag_ids = [tag_id for tag_id in tag_ids[row.pk] if tag_id in names]
        ids.append(row.pk)
        tags.append("{" + ",".join(map(str, row.tag_ids)) + "}")
        facts = (row.name, row.client_number, row.contact_name, row.contact_email)
        words.append(search_text(*facts, *(names[tag_id] for tag_id in row.tag_ids)))
    with database.cursor() as cursor:
        cursor.execute(WRITE, [ids, tags, words])
