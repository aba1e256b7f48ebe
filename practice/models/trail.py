"""The audit trail: one question over the history tables of every audited model (F-222).

Each app says in `AuditSource`s which of its models are shown and to whom. A page is the newest rows
of all of them: the newest few of each table by its index, merged; then one statement reads those
rows together with the version before each.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection as database
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from psycopg import sql

from practice.models.users import User
from practice.permissions import VIEW_AUDIT, Standing

Rows = models.QuerySet[Any]
MOST_COUNTED = 1000


@dataclass(frozen=True)
class Viewer:
    """Who reads the trail. `branches` are those whose trail they may read; None is every branch."""

    user: User
    standing: Standing

    @property
    def firm_id(self) -> int:
        return self.standing.firm_id

    @property
    def branches(self) -> frozenset[int] | None:
        return self.standing.branches_with(VIEW_AUDIT)

    def on_branches(self, column: str) -> Q:
        held, without = self.branches, self.standing.branches_without(VIEW_AUDIT)
        allowed = Q() if held is None else Q(**{f"{column}__in": sorted(held)})
        return allowed & ~Q(**{f"{column}__in": sorted(without)}) if without else allowed


Scope = Callable[[Rows, Viewer], Rows | None]


@dataclass(frozen=True)
class AuditSource:
    """One audited model in the trail.

    `scope` narrows its history to what the viewer may read, None is nothing at all. `about` is the
    column that names the row to a reader, `client` the column with the client's id. `of_clients`
    finds the history about some clients where there is no such column.
    """

    model: type[models.Model]
    label: str
    scope: Scope
    about: str = ""
    client: str = ""
    of_clients: Callable[[Rows, Sequence[int]], Rows] | None = None
    needs_client: bool = False
    hidden: frozenset[str] = frozenset()
    references: Mapping[str, type[models.Model]] = field(default_factory=dict)
    guarded: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return self.model._meta.model_name or ""

    @property
    def primary_key(self) -> str:
        return str(self.model._meta.pk.column)

    @property
    def history(self) -> type[models.Model]:
        history: type[models.Model] = self.model.history.model  # type: ignore[attr-defined]
        return history

    def about_clients(self, rows: Rows, client_ids: Sequence[int]) -> Rows | None:
        if self.of_clients:
            return self.of_clients(rows, client_ids)
        return rows.filter(**{f"{self.client}__in": client_ids}) if self.client else None


@dataclass(frozen=True)
class AuditFilter:
    """What of the trail is wanted; None is everything."""

    kind: str = ""
    clients: Sequence[int] | None = None
    people: Sequence[int] | None = None
    by_system: bool = False
    since: datetime | None = None
    until: datetime | None = None

    def narrow(self, rows: Rows) -> Rows:
        if self.since:
            rows = rows.filter(history_date__gte=self.since)
        if self.until:
            rows = rows.filter(history_date__lt=self.until)
        if self.by_system:
            return rows.filter(history_user_id=None)
        if self.people is not None:
            rows = rows.filter(history_user_id__in=self.people)
        return rows


@dataclass(frozen=True, order=True)
class Place:
    """Where a row stands in the trail; the newest is the greatest."""

    at: datetime
    rank: int
    history_id: int


@dataclass(frozen=True)
class Version:
    """A history row and the version before it, as PostgreSQL's JSON."""

    source: AuditSource
    place: Place
    row: dict[str, Any]
    before: dict[str, Any] | None


_sources: dict[str, AuditSource] = {}
_find_clients: list[Callable[[Viewer, str], list[int]]] = []
_find_branches: list[Callable[[Iterable[int]], Mapping[int, int]]] = []


def register(*sources: AuditSource) -> None:
    _sources.update({source.key: source for source in sources})


def register_client_finder(find: Callable[[Viewer, str], list[int]]) -> None:
    """Ids of the clients that a piece of text names; the app that knows clients supplies it."""
    _find_clients[:] = [find]


def register_branch_finder(find: Callable[[Iterable[int]], Mapping[int, int]]) -> None:
    """Client → branch; the app that knows clients supplies it."""
    _find_branches[:] = [find]


def branches_of_clients(client_ids: Iterable[int]) -> dict[int, int]:
    ids = set(client_ids)
    found = [find(ids) for find in _find_branches] if ids else []
    return {pk: branch_id for pairs in found for pk, branch_id in pairs.items()}


def find_clients(viewer: Viewer, text: str) -> list[int]:
    return [found for find in _find_clients for found in find(viewer, text)]


def sources() -> list[AuditSource]:
    return [_sources[key] for key in sorted(_sources)]


class Trail:
    """The part of the trail that one viewer asked for."""

    def __init__(self, viewer: Viewer, wanted: AuditFilter) -> None:
        self.viewer = viewer
        self.wanted = wanted

    def tables(self) -> Iterable[tuple[int, Rows]]:
        """The rank of each source that is asked for, with its rows, unordered."""
        for rank, source in enumerate(sources()):
            if self.wanted.kind and source.key != self.wanted.kind:
                continue
            rows = self._rows_of(source)
            if rows is not None:
                yield rank, rows

    def _rows_of(self, source: AuditSource) -> Rows | None:
        rows: Rows | None = source.history._default_manager.order_by()
        assert rows is not None
        if self.wanted.clients is not None:
            rows = source.about_clients(rows, self.wanted.clients)
        elif source.needs_client:
            rows = None
        if rows is None:
            return None
        return source.scope(self.wanted.narrow(rows), self.viewer)

    def count(self) -> tuple[int, bool]:
        """How many rows, and whether counting stopped at a thousand."""
        parts = [rows.values("history_id")[: MOST_COUNTED + 1] for _, rows in self.tables()]
        number = united(parts).count() if parts else 0
        return min(number, MOST_COUNTED), number > MOST_COUNTED

    def places(
        self, most: int, edge: Place | None = None, *, is_backward: bool = False
    ) -> list[Place]:
        """The newest places before the edge; backward: the oldest ones after it, oldest first."""
        order = ["history_date", "rank", "history_id"]
        order = order if is_backward else [f"-{name}" for name in order]
        parts = [
            (rows.filter(beyond(edge, rank, is_backward)) if edge else rows)
            .annotate(rank=Value(rank))
            .order_by(order[0], order[2])
            .values_list("history_date", "rank", "history_id")[:most]
            for rank, rows in self.tables()
        ]
        if len(parts) > 1:
            parts = [united(parts).order_by(*order)[:most]]
        return [Place(*row) for rows in parts for row in rows]


def united(parts: Sequence[Rows]) -> Rows:
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]


def beyond(edge: Place, rank: int, is_backward: bool) -> Q:
    """The rows of the table with this rank that come after the edge in reading order."""
    comes_first = rank < edge.rank if is_backward else rank > edge.rank
    if rank == edge.rank:
        lookup: Any = TupleGreaterThan if is_backward else TupleLessThan
        return Q(lookup((F("history_date"), F("history_id")), (edge.at, edge.history_id)))
    comparison = ("gt" if is_backward else "lt") + ("" if comes_first else "e")
    return Q(**{f"history_date__{comparison}": edge.at})


READ = sql.SQL(
    "SELECT {rank}::int, h.history_id, to_jsonb(h)::text, (SELECT to_jsonb(p)::text FROM {table} p"
    " WHERE p.{pk} = h.{pk} AND p.history_id < h.history_id"
    " ORDER BY p.history_id DESC LIMIT 1) FROM {table} h WHERE h.history_id = ANY({ids})"
)


def read_versions(places: Sequence[Place]) -> list[Version]:
    """The rows at these places, in this order, each with the version before it: one statement."""
    known = sources()
    statements = [
        statement(rank, known[rank], [place.history_id for place in places if place.rank == rank])
        for rank in sorted({place.rank for place in places})
    ]
    if not statements:
        return []
    with database.cursor() as cursor:
        cursor.execute(sql.SQL(" UNION ALL ").join(statements).as_string(cursor.connection))
        found = {(rank, pk): (row, before) for rank, pk, row, before in cursor.fetchall()}
    return [
        Version(known[place.rank], place, *map(decoded, found[place.rank, place.history_id]))
        for place in places
        if (place.rank, place.history_id) in found
    ]


def statement(rank: int, source: AuditSource, ids: list[int]) -> sql.Composed:
    return READ.format(
        rank=sql.Literal(rank),
        table=sql.Identifier(source.history._meta.db_table),
        pk=sql.Identifier(source.primary_key),
        ids=sql.Literal(ids),
    )


def decoded(text: str | None) -> Any:
    return json.loads(text) if text else None
