"""Pages of long lists by keyset: as fast on page 5,000 as on page 1 (design 7).

The address carries the sort key and id of the row at the edge (`after=` or `before=`). It is not
secret and not trusted: a cursor that cannot be read shows the first page.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import Paginator
from django.db.models import F, Field, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from django.http import QueryDict

PAGE_SIZE = 50
COUNT_CAP = 1000
CURSORS = ("after", "before", "start")  # `start`: the client list's count of what came before
UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    RecursionError,
    FieldDoesNotExist,
    ValidationError,
)

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


@dataclass(frozen=True)
class Order:
    """A total order, all of it up or all of it down; the last name is the primary key.

    With `nulls_last` the first column may be null, and those rows come last in both directions.
    """

    names: tuple[str, ...]
    is_descending: bool = False
    nulls_last: bool = False

    def columns(self, *, is_backward: bool = False) -> list[Any]:
        down = self.is_descending != is_backward
        first, *rest = (F(name).desc() if down else F(name).asc() for name in self.names)
        if self.nulls_last:
            first = first.copy()
            setattr(first, "nulls_first" if is_backward else "nulls_last", True)
        return [first, *rest]

    def beyond(self, values: Sequence[Any], *, is_backward: bool) -> Iterator[Q]:
        """Conditions whose rows, one set after the other, lie beyond the position."""
        if not self.nulls_last:
            yield Q(self._further(self.names, values, is_backward))
            return
        first, *rest = self.names
        empty = Q(**{f"{first}__isnull": True})
        after_in_nulls = empty & Q(self._further(rest, values[1:], is_backward))
        if values[0] is None:
            yield after_in_nulls
            if is_backward:
                yield ~empty
        else:
            yield Q(self._further(self.names, values, is_backward))
            if not is_backward:
                yield empty

    def _further(self, names: Sequence[str], values: Sequence[Any], is_backward: bool) -> Any:
        lookup = TupleLessThan if self.is_descending != is_backward else TupleGreaterThan
        return lookup(tuple(F(name) for name in names), tuple(values))

    def position(self, row: Any) -> list[Any]:
        return [getattr(row, name) for name in self.names]


@dataclass(frozen=True)
class Cursor:
    """The row at the edge, and the number of the first row beyond it."""

    values: Sequence[Any]
    start: int

    def __str__(self) -> str:
        text = json.dumps([*self.values, self.start], default=str)
        return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, order: Order, model: type[Model]) -> Cursor | None:
    """None when it is absent, damaged or made for another order."""
    try:
        *values, start = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if len(values) != len(order.names) or not isinstance(start, int):
            return None
        cleaned = [_clean(model, *pair) for pair in zip(order.names, values, strict=True)]
    except UNREADABLE:
        return None
    may_be_empty = [order.nulls_last, *(False for _ in order.names[1:])]
    if any(v is None and not may for v, may in zip(cleaned, may_be_empty, strict=True)):
        return None
    return Cursor(cleaned, max(1, start))


def _clean(model: type[Model], name: str, value: Any) -> Any:
    meta: Any = model._meta
    field: Field[Any, Any] = meta.pk if name in ("pk", "id") else meta.get_field(name)
    if isinstance(value, (list, dict)) or (isinstance(value, str) and b"\0" in value.encode()):
        raise ValidationError("Not a value of a column.")
    cleaned = field.to_python(value)
    field.run_validators(cleaned)
    return cleaned


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some rows of a list: "51–100 of 230", or "of 1,000+" where counting on would be slow."""

    rows: list[Item]
    start: int
    total: int
    is_capped: bool = False
    next_url: str = ""
    previous_url: str = ""
    exact_url: str = ""

    @property
    def end(self) -> int:
        return self.start + len(self.rows) - 1

    @property
    def total_label(self) -> str:
        return f"{self.total:,}{'+' if self.is_capped else ''}"

    @property
    def label(self) -> str:
        if not self.rows:
            return "0"
        return f"{self.start:,}–{self.end:,} of {self.total_label}"

    def __iter__(self) -> Iterator[Item]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def paginate(
    rows: QuerySet[Row],
    order: Order,
    params: QueryDict,
    *,
    size: int = PAGE_SIZE,
    cap: int = COUNT_CAP,
    total: int | None = None,
) -> Page[Row]:
    """The page that the address asks for. Give `total` where it is known without counting."""
    found, start, has_previous, has_next = _fetch(rows, order, params, size)
    is_capped = False
    if total is None:
        total, is_capped = count(rows, None if params.get("count") == "exact" else cap)
    total = max(total, start + len(found) - 1) if found else total
    return Page(
        rows=found,
        start=start,
        total=total,
        is_capped=is_capped,
        next_url=_url(params, "after", order, found[-1], start + len(found)) if has_next else "",
        previous_url=_url(params, "before", order, found[0], start - size) if has_previous else "",
        exact_url=with_params(params, count="exact") if is_capped else "",
    )


def count(rows: QuerySet[Row], cap: int | None = COUNT_CAP) -> tuple[int, bool]:
    """How many rows, and whether counting stopped at the cap."""
    counted = rows.order_by()
    number = (counted if cap is None else counted[: cap + 1]).count()
    return (cap, True) if cap is not None and number > cap else (number, False)


def numbered(
    rows: Sequence[Item] | QuerySet[Any],
    params: QueryDict,
    *,
    name: str = "page",
    size: int = PAGE_SIZE,
) -> Page[Item]:
    """Of a list that is short enough to be counted and its pages numbered: a firm's branches."""
    found = Paginator(rows, size).get_page(params.get(name))
    ahead, back = (numbered_url(params, name, found.number + step) for step in (1, -1))
    return Page(
        rows=list(found.object_list),
        start=found.start_index(),
        total=found.paginator.count,
        next_url=ahead if found.has_next() else "",
        previous_url=back if found.has_previous() else "",
    )


def numbered_url(params: QueryDict, name: str, number: int) -> str:
    """The same address with another page. What has a name of its own stands beside another list,
    whose page stays."""
    if name == "page":
        return with_params(params, page=str(number))
    wanted = params.copy()
    wanted[name] = str(number)
    return f"?{wanted.urlencode()}"


def _fetch(
    rows: QuerySet[Row], order: Order, params: QueryDict, size: int
) -> tuple[list[Row], int, bool, bool]:
    """Rows, the number of the first, and whether there are rows before and behind."""
    model = rows.model
    after = read_cursor(params.get("after", ""), order, model)
    before = read_cursor(params.get("before", ""), order, model)
    if after:
        found = _beyond(rows, order, after, size + 1, is_backward=False)
        if found:
            return found[:size], max(2, after.start), True, len(found) > size
    if before:
        found = _beyond(rows, order, before, size + 1, is_backward=True)
        if len(found) > size:
            return found[:size][::-1], max(2, before.start), True, True
    found = list(rows.order_by(*order.columns())[: size + 1])
    return found[:size], 1, False, len(found) > size


def _beyond(
    rows: QuerySet[Row], order: Order, cursor: Cursor, most: int, *, is_backward: bool
) -> list[Row]:
    ordered = rows.order_by(*order.columns(is_backward=is_backward))
    found: list[Row] = []
    for condition in order.beyond(cursor.values, is_backward=is_backward):
        if len(found) < most:
            found += ordered.filter(condition)[: most - len(found)]
    return found


def _url(params: QueryDict, name: str, order: Order, edge: Any, start: int) -> str:
    return with_params(params, **{name: str(Cursor(order.position(edge), max(1, start)))})


def with_params(params: QueryDict, **changed: str) -> str:
    """The same page with other parameters; a new page or filter drops the old cursor."""
    wanted = {name: values for name, values in params.lists() if name not in CURSORS}
    wanted |= {name: [value] for name, value in changed.items()}
    return f"?{urlencode(wanted, doseq=True)}"
