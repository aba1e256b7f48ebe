"""The orders of the client list, and walking them by keyset: no page is far away (design 7)."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, OrderBy, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from clients.models.connections import Connection

Rows = QuerySet[Connection]
Cursor = tuple[Any, int]  # the sort value of a row, and its id
Read = Callable[[Rows], list[Any]]  # how rows that are sorted and sliced are fetched


@dataclass(frozen=True)
class Order:
    """One sort of the list: a column, up or down, empty values last in both directions."""

    key: str
    column: str
    is_descending: bool
    is_nullable: bool

    @property
    def ordering(self) -> list[OrderBy]:
        last = True if self.is_nullable else None
        column, pk = F(self.column), F("pk")
        if self.is_descending:
            return [column.desc(nulls_last=last), pk.desc()]
        return [column.asc(nulls_last=last), pk.asc()]

    def cursor_of(self, row: Any) -> Cursor:
        return getattr(row, self.column), row.id

    def first(self, rows: Rows, most: int, read: Read = list) -> list[Any]:
        return read(self.sorted(rows)[:most])

    def after(self, rows: Rows, cursor: Cursor, most: int, read: Read = list) -> list[Any]:
        """At most `most` rows that follow the cursor. Empty values are a stretch of their own."""
        value, pk = cursor
        found: list[Any] = []
        if value is not None:
            found = read(self.sorted(self.beyond(rows, cursor))[:most])
            if not self.is_nullable or len(found) == most:
                return found
        empty = rows.filter(**{f"{self.column}__isnull": True})
        if value is None:
            empty = empty.filter(**{"pk__lt" if self.is_descending else "pk__gt": pk})
        return found + read(self.sorted(empty)[: most - len(found)])

    def before(self, rows: Rows, cursor: Cursor, most: int, read: Read = list) -> list[Any]:
        """At most `most` rows right before the cursor, in the list's order."""
        value, pk = cursor
        found: list[Any] = []
        if value is None:
            empty = rows.filter(**{f"{self.column}__isnull": True})
            empty = empty.filter(**{"pk__gt" if self.is_descending else "pk__lt": pk})
            found = read(empty.order_by("pk" if self.is_descending else "-pk")[:most])
            rows = rows.filter(**{f"{self.column}__isnull": False})
        else:
            rows = self.beyond(rows, cursor, backwards=True)
        if len(found) < most:
            found += read(self.reverse.sorted_plain(rows)[: most - len(found)])
        return found[::-1]

    def beyond(self, rows: Rows, cursor: Cursor, *, backwards: bool = False) -> Rows:
        value, pk = cursor
        lookup: Any = TupleLessThan if self.is_descending != backwards else TupleGreaterThan
        return rows.filter(lookup(Tuple(F(self.column), F("pk")), (value, pk)))

    def sorted(self, rows: Rows) -> Rows:
        return rows.order_by(*self.ordering)

    def sorted_plain(self, rows: Rows) -> Rows:
        """For stretches without empty values: an index is read in either direction."""
        return rows.order_by(
            f"-{self.column}" if self.is_descending else self.column, *self.pk_order
        )

    @property
    def pk_order(self) -> Sequence[str]:
        return ["-pk"] if self.is_descending else ["pk"]

    @property
    def reverse(self) -> "Order":
        return Order(self.key, self.column, not self.is_descending, self.is_nullable)


def _order(key: str, column: str, *, nullable: bool) -> dict[str, Order]:
    return {
        key: Order(key, column, False, nullable),
        f"-{key}": Order(f"-{key}", column, True, nullable),
    }


ORDERS: dict[str, Order] = {
    **_order("name", "name_sort", nullable=False),
    **_order("connected", "connected_on", nullable=True),
    **_order("activity", "last_activity_at", nullable=True),
}


def write_cursor(cursor: Cursor) -> str:
    value, pk = cursor
    plain = value.isoformat() if isinstance(value, date) else value
    return base64.urlsafe_b64encode(json.dumps([plain, pk]).encode()).decode().rstrip("=")


def read_cursor(text: str, order: Order) -> Cursor | None:
    """The cursor in a URL, or None when it is not one: the list then starts over."""
    try:
        padded = text + "=" * (-len(text) % 4)
        value, pk = json.loads(base64.urlsafe_b64decode(padded))
        return _value(value, order), int(pk)
    except (binascii.Error, ValueError, TypeError):
        return None


def _value(value: object, order: Order) -> Any:
    if value is None and order.is_nullable:
        return None
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError(value)
    if order.column == "connected_on":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if order.column == "last_activity_at" else value
