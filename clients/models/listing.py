"""One page of the client list, asked so that PostgreSQL reads little (design 7, decision 0004).

Rows below a policy have poor estimates, so the shape of the question is chosen here: by the few
ties of a person, by the top of each of a few branches, or else along an index of the firm. Ids come
first, fifty of them; only then what a line of the list shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, Func, OuterRef, Q, QuerySet, Subquery

from clients import permissions as p
from clients.models.assignments import TeamAssignment
from clients.models.connections import Connection, ConnectionQuerySet
from practice.models import Branch
from practice.permissions import Standing

FEW_TIES = 300
FEW_BRANCHES = 30


@dataclass(frozen=True)
class Ties:
    """A person's running ties: read at once when they are few, looked up row by row otherwise."""

    standing: Standing
    roles: dict[int, str] | None

    @classmethod
    def of(cls, standing: Standing) -> "Ties":
        if standing.is_super_admin:
            return cls(standing, None)  # they decide nothing; their role is looked up for one page
        ties = TeamAssignment.objects.of(standing.user_id, standing.firm_id).order_by()
        found = list(ties.values_list("content_object_id", "role")[: FEW_TIES + 1])
        return cls(standing, dict(found) if len(found) <= FEW_TIES else None)

    @property
    def role(self) -> Subquery:
        ties = TeamAssignment.objects.of(self.standing.user_id, self.standing.firm_id)
        return Subquery(ties.filter(content_object=OuterRef("pk")).values("role")[:1])

    def visible(self) -> ConnectionQuerySet:
        """The rows of `permitted(…, VIEW_CLIENT)`."""
        rows: ConnectionQuerySet = Connection.objects.filter(firm_id=self.standing.firm_id)
        if self.roles is not None:
            tied = Q(pk__in=sorted(self.roles))
        else:
            rows, tied = rows.alias(own_role=self.role), Q(own_role__isnull=False)
        return rows.for_standing(self.standing, p.VIEW_CLIENT, tied)


class ListRow:
    """One line of the list: the columns that were asked for, by name."""

    access_status = Connection.access_status
    access_days_left = Connection.access_days_left
    access_expires_at = Connection.access_expires_at

    def __init__(self, names: Sequence[str], values: Sequence[Any]) -> None:
        self.__dict__.update(zip(names, values, strict=True))

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"“{name}” was not read for this line.")


@dataclass(frozen=True)
class Reading:
    """How the ids of a page become lines: whose ties, which columns, which few branches."""

    ties: Ties
    columns: tuple[str, ...] = ()
    branches: tuple[int, ...] = ()

    def __call__(self, found: QuerySet[Connection]) -> list[Any]:
        """The lines of the `found` rows, in their order; `found` is ordered and sliced."""
        names = [*ROW_FIELDS, *self.columns]
        shown = self.rows(found).annotate(branch_name=Subquery(BRANCH_NAME))
        if self.ties.roles is None:
            shown, names = shown.annotate(tie_role=self.ties.role), [*names, "tie_role"]
        short = [name.removeprefix("usage__") for name in names]
        rows: list[Any] = [ListRow(short, values) for values in shown.values_list(*names)]
        if self.ties.roles is not None:
            for row in rows:
                row.tie_role = self.ties.roles.get(row.id)
        return rows

    def rows(self, found: QuerySet[Connection]) -> QuerySet[Connection]:
        most, ordering = found.query.high_mark, found.query.order_by
        ids: Any = found.values("pk")
        if 1 < len(self.branches) <= FEW_BRANCHES:
            ids = top_of_branches(found, self.branches)
        return Connection.objects.filter(pk__in=ids).order_by(*ordering)[:most]


def top_of_branches(found: QuerySet[Connection], branches: Sequence[int]) -> QuerySet[Any, Any]:
    """Ids of the rows that can be `found`: so many of each branch, read along its own index."""
    whole = found.all()
    whole.query.clear_limits()
    each = whole.filter(branch_id=OuterRef("pk")).values("pk")[: found.query.high_mark]
    ids = Func(ArraySubquery(each), function="unnest", output_field=BigIntegerField())
    return Branch.objects.filter(pk__in=branches).order_by().values_list(ids)


ROW_FIELDS = (
    "id branch_id branch_name status billing_model client_number name name_sort connected_on"
    " last_activity_at is_restricted tag_ids usage__monthly"
).split()
BRANCH_NAME = Branch.objects.filter(pk=OuterRef("branch_id")).order_by().values("name")
