"""One page of the client list, asked so that PostgreSQL reads little (design 7, decision 0007).

Rows below a policy have poor estimates, so the shape of the question is chosen here: by the few
ties of a person, by the top of each of a few branches, or else along an index of the firm. Ids come
first, fifty of them; only then what a line of the list shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import EmptyResultSet
from django.db import connection as database
from django.db.models import BigIntegerField, BooleanField, F, Func, OuterRef, Q, QuerySet, Subquery

from clients import permissions as p
from clients.models.activity import JOB_RECENT
from clients.models.assignments import TeamAssignment
from clients.models.connections import ACCESS_EXPIRES_AFTER, Connection, ConnectionQuerySet
from clients.roles import AccessStatus
from practice import clock
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

    @property
    def are_the_scope(self) -> bool:
        """The person sees a few clients, by their ties alone."""
        return self.roles is not None and not self.see_by_branch

    @property
    def see_by_branch(self) -> bool:
        """Whether the person sees clients without being tied to them."""
        return self.standing.branches_with(p.VIEW_ALL_CLIENTS) != frozenset()

    @property
    def are_many(self) -> bool:
        return self.roles is None and not self.standing.is_super_admin

    def to_count(self, rows: ConnectionQuerySet) -> ConnectionQuerySet:
        """The same rows, begun with the person's many ties where they see by nothing else: along
        an index of the firm most of what is read is not theirs."""
        if not self.are_many or self.see_by_branch:
            return rows
        ties = TeamAssignment.objects.of(self.standing.user_id, self.standing.firm_id).order_by()
        ids = ArraySubquery(ties.values("content_object_id"))
        theirs: Any = Func(F("pk"), ids, template="%(expressions)s)", arg_joiner=" = ANY(",
                           output_field=BooleanField())  # fmt: skip
        return rows.filter(theirs)

    def visible(self) -> ConnectionQuerySet:
        """The rows of `permitted(…, VIEW_CLIENT)`."""
        rows: ConnectionQuerySet = Connection.objects.filter(firm_id=self.standing.firm_id)
        tied = Q(pk__in=sorted(self.roles or ()))
        if self.are_many:
            rows, tied = rows.alias(own_role=self.role), Q(own_role__isnull=False)
        return rows.for_standing(self.standing, p.VIEW_CLIENT, tied)


class ListRow:
    """One line of the list: the columns that were asked for, by name."""

    def __init__(self, names: Sequence[str], values: Sequence[Any]) -> None:
        self.__dict__.update(zip(names, values, strict=True))

    @property
    def pk(self) -> int:
        row_id: int = self.id
        return row_id

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"“{name}” was not read for this line.")


# What a line of the list shows, for the ids of one page. A function of the database, because
# PostgreSQL keeps its plan; it runs with the caller's rights, so row-level security holds inside.
LINE = {
    "place": "bigint",
    "id": "bigint",
    "branch_id": "bigint",
    "status": "varchar",
    "billing_model": "varchar",
    "client_number": "varchar",
    "name": "varchar",
    "name_sort": "varchar",
    "connected_on": "date",
    "last_activity_at": "timestamptz",
    "is_restricted": "boolean",
    "branch_name": "varchar",
    "tags": "varchar[]",
    "monthly": "integer[]",
    "is_used": "boolean",  # a job within the firm’s days (`models.clocks`)
    "tie_role": "varchar",
    "access_status": "varchar",
}
DATABASE_CODE = (
    "DROP FUNCTION IF EXISTS app.client_lines",
    f"""
    CREATE FUNCTION app.client_lines(
      ids bigint[], who bigint, moment timestamptz, used_since timestamptz,
      visited_since timestamptz
    )
    RETURNS TABLE ({", ".join(f"{name} {kind}" for name, kind in LINE.items())})
    LANGUAGE plpgsql STABLE AS $$
    #variable_conflict use_column
    BEGIN
      RETURN QUERY SELECT k.place, c.id, c.branch_id, c.status, c.billing_model, c.client_number,
        c.name, c.name_sort, c.connected_on, c.last_activity_at, c.is_restricted, b.name,
        ARRAY(SELECT g.name FROM public.clients_tag g WHERE g.id = ANY (c.tag_ids)
          ORDER BY g.name_key),
        u.monthly, u.last_job_at > used_since, t.role,
        (CASE WHEN c.access_disabled_at IS NOT NULL THEN '{AccessStatus.DISABLED}'
          WHEN c.access_requested_at IS NOT NULL THEN '{AccessStatus.REQUESTED}'
          WHEN coalesce(c.last_accessed_at, c.created_at) <= visited_since
            THEN '{AccessStatus.EXPIRED}'
          ELSE '{AccessStatus.ACTIVE}' END)::varchar
      FROM unnest(ids) WITH ORDINALITY k(id, place)
      JOIN public.clients_connection c ON c.id = k.id
      LEFT JOIN LATERAL (
        SELECT o.name FROM public.practice_branch o WHERE o.id = c.branch_id OFFSET 0
      ) b ON true
      LEFT JOIN LATERAL (
        SELECT s.monthly, s.last_job_at FROM public.clients_usagesnapshot s
        WHERE s.connection_id = c.id OFFSET 0
      ) u ON true
      LEFT JOIN LATERAL (
        SELECT a.role FROM public.clients_teamassignment a
        WHERE a.user_id = who AND a.content_object_id = c.id
          AND (a.ends_at IS NULL OR a.ends_at > moment) OFFSET 0
      ) t ON true
      ORDER BY k.place;
    END $$
    """,  # nosec B608
)
READ = (
    "SELECT {fields} FROM app.client_lines(ARRAY({ids}), %s, %s, %s, %s) l {more} ORDER BY l.place"
)
MORE = "JOIN clients_connection c USING (id)"
PRIMARY = "primary_accountant"
OF_PRIMARY = """LEFT JOIN LATERAL (
  SELECT coalesce(nullif(o.full_name, ''), o.email) AS primary_accountant
  FROM clients_teamassignment a JOIN practice_user o ON o.id = a.user_id
  WHERE a.content_object_id = l.id AND a.is_primary AND (a.ends_at IS NULL OR a.ends_at > %s)
  OFFSET 0
) w ON true"""

# Without a sort PostgreSQL must walk an index in the list's order, and stops at the page's last
# row. Left alone it expects one row, reads all of the firm's and sorts them, with three processes.
WALK = "SET LOCAL enable_sort = off; SET LOCAL max_parallel_workers_per_gather = 0;"
REST = "; SET LOCAL enable_sort = on"
COUNT = """
SET LOCAL enable_bitmapscan = {bitmaps}; SET LOCAL max_parallel_workers_per_gather = 0;
SELECT count(*) FROM ({sql}) f; SET LOCAL enable_bitmapscan = on
"""


# psycopg's own, in C; Django puts one in Python before it, which also gives aware UTC moments.
MOMENT = psycopg.adapters.types["timestamptz"].oid
LOAD_MOMENT = psycopg.adapters.get_loader(MOMENT, psycopg.pq.Format.TEXT)


@dataclass(frozen=True)
class Reading:
    """How the rows of a page become lines.

    `columns` come beside the usual ones; `branches` are those that all rows belong to, if known;
    `is_short` says that the rows are few and known by id, so that sorting them is best; a job
    `used_within` that span makes an account a used one; access ends after `access`.
    """

    standing: Standing
    columns: tuple[str, ...] = ()
    branches: tuple[int, ...] = ()
    is_short: bool = False
    used_within: timedelta = JOB_RECENT
    access: timedelta = ACCESS_EXPIRES_AFTER

    def __call__(self, found: QuerySet[Connection]) -> list[Any]:
        """The lines of the `found` rows, in their order; `found` is ordered and sliced."""
        try:
            ids, values = self.rows(found).values("pk").query.sql_with_params()
        except EmptyResultSet:  # Django sees without asking that nothing can match
            return []
        fields = ", ".join(
            [*(f"l.{name}" for name in LINE), *(f"{source(name)}.{name}" for name in self.columns)]
        )
        more, moment = self.more, clock.now()
        statement = READ.format(fields=fields, ids=ids, more=more)
        with database.cursor() as cursor:
            cursor.cursor.adapters.register_loader(MOMENT, LOAD_MOMENT)
            if not self.is_short:
                statement = f"{WALK} {statement} {REST}"
            since = (moment - self.used_within, moment - self.access)
            moments = [moment, *since, *[moment] * more.count("%s")]
            cursor.execute(statement, [*values, self.standing.user_id, *moments])
            if not self.is_short:
                cursor.nextset()
                cursor.nextset()
            return [ListRow([*LINE, *self.columns], line) for line in cursor.fetchall()]

    @property
    def more(self) -> str:
        """The tables behind the columns that were chosen, and none else."""
        sources = {source(name) for name in self.columns}
        return " ".join(join for key, join in (("c", MORE), ("w", OF_PRIMARY)) if key in sources)

    def rows(self, found: QuerySet[Connection]) -> QuerySet[Connection]:
        if not 1 < len(self.branches) <= FEW_BRANCHES:
            return found
        best = Connection.objects.filter(pk__in=top_of_branches(found, self.branches))
        return best.order_by(*found.query.order_by)[: found.query.high_mark]


def source(column: str) -> str:
    """Where an optional column is read: the client's row, or who its primary accountant is."""
    return "w" if column == PRIMARY else "c"


def count_rows(rows: QuerySet[Connection], most: int, *, is_short: bool = False) -> int:
    """How many rows, `most` at most. Bitmaps are of whole branches and firms: this stops before,
    but where the rows are few (`is_short`, as in `Reading`) it would not."""
    try:
        sql, values = rows.order_by().values("pk")[:most].query.sql_with_params()
    except EmptyResultSet:
        return 0
    with database.cursor() as cursor:
        bitmaps = "on" if is_short else "off"
        cursor.execute(COUNT.format(bitmaps=bitmaps, sql=sql), values)
        cursor.nextset()
        cursor.nextset()
        return int(cursor.fetchone()[0])


def top_of_branches(found: QuerySet[Connection], branches: Sequence[int]) -> QuerySet[Any, Any]:
    """Ids of the rows that can be `found`: so many of each branch, read along its own index."""
    whole = found.all()
    whole.query.clear_limits()
    each = whole.filter(branch_id=OuterRef("pk")).values("pk")[: found.query.high_mark]
    ids = Func(ArraySubquery(each), function="unnest", output_field=BigIntegerField())
    return Branch.objects.filter(pk__in=branches).order_by().values_list(ids)
