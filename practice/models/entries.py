"""The audit trail in words: who did what to which row, and each column before and after."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from practice.models.trail import AuditSource, Version, Viewer, branches_of_clients
from practice.models.users import User
from practice.permissions import Permission

VERBS = {"+": "added", "~": "changed", "-": "removed"}
NOT_SHOWN = frozenset({"id", "firm_id", "created_at"})
SYSTEM = "The system"
SOMEBODY = "Somebody who is no longer on record"
Names = dict[tuple[type[models.Model], int], str]


@dataclass(frozen=True)
class Change:
    """One column; empty text is an empty cell."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """One line of the trail."""

    at: datetime
    who: str
    on_behalf_of: str
    kind: str
    verb: str
    about: str
    client: str
    client_id: int | None
    changes: list[Change]
    reason: str
    ip: str
    request_id: str


@dataclass(frozen=True)
class Reading:
    """Who reads, what the rows are called, and on which branches the guarded clients are today."""

    viewer: Viewer
    names: Names
    branches: Mapping[int, int]

    def may_read(self, name: str, version: Version) -> bool:
        """A column that takes a permission beside that for the trail: on the client's branch."""
        permission = version.source.guarded.get(name, "")
        branch_id = self.branches.get(version.row[version.source.client]) if permission else None
        return not permission or self.viewer.standing.holds(permission, branch_id)


def entries(versions: Sequence[Version], viewer: Viewer) -> list[Entry]:
    """The lines of these versions; names are fetched together, one statement per kind of row."""
    names = names_of(reference for version in versions for reference in references(version))
    guarded = [version for version in versions if version.source.guarded]
    branches = branches_of_clients(version.row[version.source.client] for version in guarded)
    reading = Reading(viewer, names, branches)
    return [entry(version, reading) for version in versions]


def entry(version: Version, reading: Reading) -> Entry:
    row, source, names = version.row, version.source, reading.names
    client_id = row.get(source.client) if source.client else None
    actor, behalf = row["history_user_id"], row["on_behalf_of_id"]
    return Entry(
        at=version.place.at,
        who=names.get((User, actor), SOMEBODY) if actor else SYSTEM,
        on_behalf_of=names.get((User, behalf), SOMEBODY) if behalf else "",
        kind=source.label,
        verb=VERBS[row["history_type"]],
        about=about(version, names),
        client=client_name(version, names),
        client_id=client_id,
        changes=list(changes(version, reading)),
        reason=row["history_change_reason"] or "",
        ip=row["ip"] or "",
        request_id=row["request_id"],
    )


def about(version: Version, names: Names) -> str:
    """What the row is called; empty where the client's name says it all."""
    source = version.source
    if not source.about or source.about == source.client:
        return ""
    field = columns(source)[source.about]
    return shown(field, version.row[source.about], source, names)


def client_name(version: Version, names: Names) -> str:
    source = version.source
    if not source.client or source.client == "id":
        return ""
    field = columns(source)[source.client]
    return shown(field, version.row[source.client], source, names)


def columns(source: AuditSource) -> "dict[str, models.Field[Any, Any]]":
    """The model's columns that its history keeps."""
    kept = {field.attname for field in source.history._meta.concrete_fields}
    return {f.attname: f for f in source.model._meta.concrete_fields if f.attname in kept}


def changes(version: Version, reading: Reading) -> Iterator[Change]:
    """Columns that differ from the version before; all that are filled for a new or removed row."""
    source, row = version.source, version.row
    old, new = (version.before or {}), row
    if row["history_type"] == "+":
        old = {}
    elif row["history_type"] == "-":
        old, new = row, {}
    for name, field in columns(source).items():
        if name in NOT_SHOWN or name in source.hidden or name == source.client:
            continue
        texts = [shown(field, values.get(name), source, reading.names) for values in (old, new)]
        is_filled = bool(old and new) or bool(old.get(name) or new.get(name))
        if old.get(name) != new.get(name) and any(texts) and is_filled:
            if not reading.may_read(name, version):
                texts = not_shown(texts, source.guarded[name])
            yield Change(label_of(field), *texts)


def not_shown(texts: list[str], permission: str) -> list[str]:
    """What the viewer may not read of this row is named."""
    needed = f"(not shown: it needs the permission “{Permission.label_of(permission)}”)"
    return [needed if text else "" for text in texts]


def label_of(field: "models.Field[Any, Any]") -> str:
    label = str(field.verbose_name)
    return label[:1].upper() + label[1:]


def shown(field: "models.Field[Any, Any]", value: Any, source: AuditSource, names: Names) -> str:
    """A value of PostgreSQL's JSON as a person reads it."""
    if value is None or value in ("", []):
        return ""
    model = source.references.get(field.attname) or field.related_model
    if isinstance(model, type):
        values = value if isinstance(value, list) else [value]
        return ", ".join(names.get((model, key), f"no. {key}") for key in values)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return when(field.to_python(value))


def when(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return value.isoformat() if isinstance(value, date) else str(value)


def references(version: Version) -> Iterator[tuple[type[models.Model], int]]:
    """The rows that a version names, in itself or in the version before."""
    row, source = version.row, version.source
    yield from ((User, row[name]) for name in ("history_user_id", "on_behalf_of_id") if row[name])
    for name, field in columns(source).items():
        model = source.references.get(name) or field.related_model
        if not isinstance(model, type) or name == "firm_id" or name in source.hidden:
            continue
        for values in (row, version.before or {}):
            value = values.get(name)
            yield from (
                (model, key) for key in (value if isinstance(value, list) else [value]) if key
            )


def names_of(wanted: Iterable[tuple[type[models.Model], int]]) -> Names:
    ids: dict[type[models.Model], set[int]] = defaultdict(set)
    for model, key in wanted:
        ids[model].add(key)
    names = {
        (model, row.pk): str(row)
        for model, keys in ids.items()
        for row in model._default_manager.select_related().filter(pk__in=keys)
    }
    for model, keys in ids.items():
        gone = [key for key in keys if (model, key) not in names]
        names |= {(model, row.id): str(row.instance) for row in last_versions(model, gone)}
    return names


def last_versions(model: type[models.Model], ids: list[int]) -> Iterable[Any]:
    """Rows that are no longer there keep their name in the trail (F-222a)."""
    history = getattr(model, "history", None)
    if not ids or history is None:
        return ()
    rows: Iterable[Any] = history.filter(id__in=ids).order_by("history_id")
    return rows
