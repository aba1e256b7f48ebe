"""The access matrix as a file: one row per person and client, copied out of PostgreSQL (F-241)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection as database

from clients.models.matrix import ROLE_LABELS, WAY_LABELS, Matrix, Way

FILE_HEADER = (
    "Member",
    "Email",
    "Client",
    "Client ID",
    "Branch",
    "Access by",
    "Role",
    "Since",
    "Granted by",
    "Until",
)
DANGEROUS = "'=', '+', '-', '@', E'\\t', E'\\r', E'\\n', '＝', '＋', '－', '＠'"


def plain(text: str, *, for_csv: bool) -> str:
    """Text that no spreadsheet program runs; the same rule as `practice.spreadsheets.neutral`."""
    return (
        f"CASE WHEN left({text}, 1) IN ({DANGEROUS}) THEN '''' ELSE '' END || {text}"
        if for_csv
        else text
    )


def words(column: str, labels: dict[Any, str]) -> str:
    cases = " ".join(f"WHEN '{value}' THEN '{label}'" for value, label in labels.items())
    return f"CASE {column} {cases} END"


def file_rows(*, for_csv: bool) -> str:
    """The rows of the file: by person, then by client. Names are made plain once each."""

    def text(column: str) -> str:
        return plain(column, for_csv=for_csv)

    moment = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS\"+00:00\"')"
    return f"""
, since_role AS MATERIALIZED (
  SELECT DISTINCT ON (h.id) h.id AS place, h.history_date AS since, h.history_user_id AS by_id
  FROM (SELECT id, role, history_date, history_id, history_user_id,
      lag(role) OVER (PARTITION BY id ORDER BY history_date, history_id) AS former
    FROM practice_historicalbranchmembership
    WHERE firm_id = %(firm)s AND id IN (SELECT id FROM places)) h
  WHERE h.role IS DISTINCT FROM h.former
  ORDER BY h.id, h.history_date DESC, h.history_id DESC
), since_parent AS MATERIALIZED (
  SELECT DISTINCT ON (h.id) h.id AS member_id, h.history_date AS since, h.history_user_id AS by_id
  FROM (SELECT id, parent_role, history_date, history_id, history_user_id,
      lag(parent_role) OVER (PARTITION BY id ORDER BY history_date, history_id) AS former
    FROM practice_historicalteammember
    WHERE firm_id = %(firm)s AND id IN (SELECT id FROM people)) h
  WHERE h.parent_role IS DISTINCT FROM h.former
  ORDER BY h.id, h.history_date DESC, h.history_id DESC
), tied AS MATERIALIZED (
  SELECT t.id, {moment.format("t.granted_at")} AS since, {text("coalesce(g.full_name, '')")} AS by,
    coalesce({moment.format("t.ends_at")}, '') AS until
  FROM clients_teamassignment t LEFT JOIN practice_user g ON g.id = t.granted_by_id
  WHERE t.id IN (SELECT id FROM ties)
), placed AS MATERIALIZED (
  SELECT r.place, {moment.format("r.since")} AS since, {text("coalesce(g.full_name, '')")} AS by
  FROM since_role r LEFT JOIN practice_user g ON g.id = r.by_id
), named_people AS MATERIALIZED (
  SELECT p.id, u.full_name AS sort, {text("u.full_name")} AS name, {text("u.email")} AS email,
    {moment.format("r.since")} AS since, {text("coalesce(g.full_name, '')")} AS by
  FROM people p JOIN practice_user u ON u.id = p.user_id
  LEFT JOIN since_parent r ON r.member_id = p.id LEFT JOIN practice_user g ON g.id = r.by_id
), named_clients AS MATERIALIZED (
  SELECT c.id, c.name_sort, {text("c.name")} AS name, {text("c.client_number")} AS number,
    {text("b.name")} AS branch
  FROM asked_clients c JOIN practice_branch b ON b.id = c.branch_id
)
SELECT n.name AS "Member", n.email AS "Email", c.name AS "Client", c.number AS "Client ID",
  c.branch AS "Branch", {words("a.way", WAY_LABELS)} AS "Access by",
  {words("a.role", ROLE_LABELS)} AS "Role",
  coalesce(CASE a.way WHEN '{Way.PARENT}' THEN n.since WHEN '{Way.TIE}' THEN t.since
    WHEN '{Way.CROSS}' THEN t.since ELSE s.since END, '') AS "Since",
  coalesce(CASE a.way WHEN '{Way.PARENT}' THEN n.by WHEN '{Way.TIE}' THEN t.by
    WHEN '{Way.CROSS}' THEN t.by ELSE s.by END, '') AS "Granted by",
  CASE WHEN a.way IN ('{Way.TIE}', '{Way.CROSS}') THEN t.until ELSE '' END AS "Until"
FROM access a JOIN named_people n ON n.id = a.member_id
JOIN named_clients c ON c.id = a.connection_id
LEFT JOIN tied t ON t.id = a.tie LEFT JOIN placed s ON s.place = a.place
ORDER BY n.sort, a.member_id, c.name_sort, a.connection_id"""  # nosec B608


PIECE = 65_536  # bytes


def copy_csv(matrix: Matrix) -> Iterator[str]:
    """The rows as CSV, copied out of PostgreSQL as they come: memory stays flat."""
    statement = matrix.statement(file_rows(for_csv=True))
    if not statement:
        return
    waiting: list[bytes] = []
    size = 0
    with copied(f"COPY ({statement}) TO STDOUT (FORMAT csv)") as copy:
        for data in copy:
            waiting.append(bytes(data))
            size += len(data)
            if size >= PIECE:
                yield b"".join(waiting).decode()
                waiting, size = [], 0
    yield b"".join(waiting).decode()


def copy_rows(matrix: Matrix) -> Iterator[Sequence[Any]]:
    """The same rows as they are, for a workbook, whose cells say that they are text."""
    statement = matrix.statement(file_rows(for_csv=False))
    if not statement:
        return
    with copied(f"COPY ({statement}) TO STDOUT") as copy:
        yield from copy.rows()


@contextmanager
def copied(statement: str) -> Iterator[Any]:
    """Django's cursor knows COPY only while it counts no queries; psycopg's own always does."""
    with database.cursor() as cursor, cursor.cursor.copy(statement) as copy:
        yield copy
