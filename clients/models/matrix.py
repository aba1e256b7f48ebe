"""Who has access to which clients, as sets: the rule of `permitted(…, VIEW_CLIENT)` in SQL (F-241).

One statement answers for many people and many clients at once. The roles that hold a permission
come from the same tables of grants that a `Standing` reads; a test compares the two for a random
world. There are two ways in: by a role that sees all clients of the branch, and by a tie.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection as database
from django.db.models import QuerySet
from psycopg import ClientCursor

from clients import permissions as p
from clients.models.connections import Connection, ConnectionQuerySet, on_branches
from clients.roles import ClientRole, ConnectionStatus
from practice import clock
from practice.models import Branch
from practice.permissions import (
    BRANCH_ROLE_GRANTS,
    PARENT_ROLE_GRANTS,
    VIEW_REPORTS,
    Standing,
)
from practice.roles import BranchRole, ParentRole

ASKED = (VIEW_REPORTS, p.VIEW_ACCESS_HISTORY)


def may_report(standing: Standing) -> bool:
    """Both permissions on one branch, or over every branch by parent role."""
    return all(code in standing.everywhere for code in ASKED) or any(
        all(standing.holds(code, branch_id) for code in ASKED) for branch_id in standing.branches
    )


def reported_branches(standing: Standing) -> "QuerySet[Branch]":
    rows = Branch.objects.all()
    for code in ASKED:
        rows = rows.where(standing, code)
    return rows


def reportable(standing: Standing) -> ConnectionQuerySet:
    """Clients about whose access the person may read: on their branches, and visible to them."""
    rows: ConnectionQuerySet = Connection.objects.filter(firm_id=standing.firm_id)
    if standing.is_super_admin:
        return rows
    rows = rows.for_standing(standing, p.VIEW_ACCESS_HISTORY)
    for code in ASKED:
        rows = rows.filter(on_branches(standing, code))
    return rows


class Way(StrEnum):
    """How an access comes about, the strongest first."""

    PARENT = "parent"
    BRANCH = "branch"
    ADDED = "added"
    TIE = "tie"
    CROSS = "cross"


WAY_LABELS = {
    Way.PARENT: "Parent role",
    Way.BRANCH: "Branch role",
    Way.ADDED: "Branch role with added permission",
    Way.TIE: "Assignment",
    Way.CROSS: "Assignment across branches",
}
ROLE_LABELS = {
    str(value): str(label)
    for value, label in (*ParentRole.choices, *BranchRole.choices, *ClientRole.choices)
}


def holding(permission: str) -> str:
    """`Standing.holds(permission, branch)` over a person `p` and their place `s` on the branch."""
    parents, roles = (
        holders(PARENT_ROLE_GRANTS, permission),
        holders(BRANCH_ROLE_GRANTS, permission),
    )
    withdrawn = f"coalesce('{permission}' = ANY (s.withdrawn), false)"
    by_place = f"coalesce(s.role IN ({roles}) OR '{permission}' = ANY (s.added), false)"
    return (
        f"(p.parent_role = '{ParentRole.SUPER_ADMIN}' OR NOT {withdrawn}"
        f" AND (p.parent_role IN ({parents}) OR {by_place}))"
    )


def holders(grants: Any, permission: str) -> str:
    """The roles whose grants include it, as a list for SQL; our own words, never input."""
    roles = [f"'{role}'" for role, codes in grants.items() if permission in codes]
    return ", ".join(roles) or "NULL"


def access_sql() -> str:
    """People × clients with access: `member_id, connection_id, way, role, place, tie`.

    Expects the tables `asked_people (id)` and `asked_clients (id, branch_id, status,
    is_restricted)` as common table expressions, `firm` and `now` as named values.
    """
    return f"""
people AS MATERIALIZED (
  SELECT m.id, m.user_id, m.parent_role FROM practice_teammember m
  JOIN asked_people a ON a.id = m.id
  JOIN practice_user u ON u.id = m.user_id AND u.is_active
  JOIN practice_firm f ON f.id = m.firm_id
  WHERE m.firm_id = %(firm)s AND m.is_active AND (NOT f.requires_second_factor
    OR EXISTS (SELECT FROM mfa_authenticator x
      WHERE x.user_id = m.user_id AND x.type IN ('totp', 'webauthn')))
), places AS MATERIALIZED (
  SELECT s.* FROM practice_branchmembership s
  JOIN practice_branch b ON b.id = s.branch_id AND NOT b.is_archived
  WHERE s.firm_id = %(firm)s AND s.member_id IN (SELECT id FROM people)
), crossing AS MATERIALIZED (
  SELECT p.id FROM people p
  WHERE p.parent_role IN ({holders(PARENT_ROLE_GRANTS, p.CROSS_BRANCH)})
    OR EXISTS (SELECT FROM places s WHERE s.member_id = p.id
      AND '{p.CROSS_BRANCH}' <> ALL (s.withdrawn)
      AND (s.role IN ({holders(BRANCH_ROLE_GRANTS, p.CROSS_BRANCH)})
        OR '{p.CROSS_BRANCH}' = ANY (s.added)))
), held AS MATERIALIZED (
  SELECT p.id AS member_id, p.user_id, p.parent_role, b.branch_id, s.id AS place, s.role,
    p.parent_role = '{ParentRole.SUPER_ADMIN}' AS is_super,
    p.parent_role IN ({holders(PARENT_ROLE_GRANTS, p.VIEW_ALL_CLIENTS)}) AS by_parent,
    s.role IN ({holders(BRANCH_ROLE_GRANTS, p.VIEW_ALL_CLIENTS)}) AS by_role,
    {holding(p.VIEW_ALL_CLIENTS)} AS sees_all,
    {holding(p.VIEW_ASSIGNED_CLIENTS)} AS sees_assigned,
    {holding(p.VIEW_HISTORICAL_RECORDS)} AS sees_closed,
    p.id IN (SELECT id FROM crossing) AS crosses
  FROM people p CROSS JOIN (SELECT DISTINCT branch_id FROM asked_clients) b
  LEFT JOIN places s ON s.member_id = p.id AND s.branch_id = b.branch_id
), ties AS MATERIALIZED (
  SELECT t.id, t.user_id, t.content_object_id, t.role FROM clients_teamassignment t
  WHERE t.firm_id = %(firm)s AND t.user_id IN (SELECT user_id FROM people)
    AND (t.ends_at IS NULL OR t.ends_at > %(now)s)
), access AS (
  SELECT h.member_id, c.id AS connection_id,
    CASE WHEN c.is_restricted AND NOT h.is_super THEN '{Way.TIE}'
      WHEN h.by_parent THEN '{Way.PARENT}'
      WHEN h.by_role THEN '{Way.BRANCH}' ELSE '{Way.ADDED}' END AS way,
    CASE WHEN c.is_restricted AND NOT h.is_super THEN t.role
      WHEN h.by_parent THEN h.parent_role ELSE h.role END AS role,
    h.place, t.id AS tie, t.role AS tie_role
  FROM held h JOIN asked_clients c ON c.branch_id = h.branch_id
  LEFT JOIN ties t ON t.user_id = h.user_id AND t.content_object_id = c.id
  WHERE h.sees_all AND (NOT c.is_restricted OR h.is_super OR t.id IS NOT NULL)
    AND (c.status <> '{ConnectionStatus.DISCONNECTED}' OR h.sees_closed)
  UNION ALL
  SELECT h.member_id, c.id, CASE WHEN h.sees_assigned THEN '{Way.TIE}' ELSE '{Way.CROSS}' END,
    t.role, h.place, t.id, t.role
  FROM ties t JOIN asked_clients c ON c.id = t.content_object_id
  JOIN held h ON h.user_id = t.user_id AND h.branch_id = c.branch_id
  WHERE NOT h.sees_all AND (h.sees_assigned OR h.crosses)
    AND (c.status <> '{ConnectionStatus.DISCONNECTED}' OR h.sees_closed)
)"""  # nosec B608


CLIENT_COLUMNS = (
    "id",
    "branch_id",
    "status",
    "is_restricted",
    "name",
    "name_sort",
    "client_number",
)


@dataclass(frozen=True)
class Cell:
    """One person's access to one client. `tie_role` may stand beside a role that sees all."""

    member_id: int
    connection_id: int
    way: Way
    role: str
    tie_role: str | None

    @property
    def word(self) -> str:
        return ROLE_LABELS[self.role]

    @property
    def tie_word(self) -> str:
        return ROLE_LABELS[self.tie_role] if self.tie_role else ""


@dataclass(frozen=True)
class Matrix:
    """The question for these people and the clients of this queryset."""

    firm_id: int
    people: Sequence[int]
    clients: ConnectionQuerySet

    def cells(self) -> list[Cell]:
        columns = "member_id, connection_id, way, role, tie_role"
        statement = self.statement(f"SELECT {columns} FROM access")  # nosec B608
        if not statement:
            return []
        with database.cursor() as cursor:
            cursor.execute(statement)
            return [Cell(m, c, Way(w), *rest) for m, c, w, *rest in cursor.fetchall()]

    def count(self, most: int) -> int:
        """How many rows a file would have, `most` at most."""
        limited = f"SELECT FROM access LIMIT {int(most)}"  # nosec B608
        statement = self.statement(f"SELECT count(*) FROM ({limited}) a")  # nosec B608
        if not statement:
            return 0
        with database.cursor() as cursor:
            cursor.execute(statement)
            return int(cursor.fetchone()[0])

    def statement(self, question: str) -> str:
        """The whole text with its values; empty where nothing can be found."""
        try:
            rows = self.clients.order_by().values(*CLIENT_COLUMNS)
            clients, values = rows.query.sql_with_params()
        except EmptyResultSet:
            return ""
        with database.cursor():  # makes sure that there is a connection
            client = ClientCursor(database.connection)
        named = {"firm": self.firm_id, "now": clock.now(), "people": list(self.people)}
        asked_people = "asked_people AS (SELECT unnest(%(people)s::bigint[]) AS id)"
        return ", ".join(
            (
                f"WITH {client.mogrify(asked_people, named)}",
                f"asked_clients AS MATERIALIZED ({client.mogrify(clients, values)})",
                client.mogrify(f"{access_sql()} {question}", named),
            )
        )
