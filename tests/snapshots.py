"""Committed rows, kept in memory and put back: quicker than arranging a large world again.

By the owner of the tables, without policies and triggers inside the one transaction: the history
that the triggers wrote the first time is among the rows.
"""

from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from tests.databases import KEPT, owner_address

Owner = psycopg.Connection[Any]
TABLES = """
SELECT relname, relrowsecurity,
  (SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute
   WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = '')
FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"


@dataclass(frozen=True)
class Table:
    name: str
    is_secured: bool
    columns: tuple[str, ...]

    def words(self, text: str) -> sql.Composed:
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns))
        return sql.SQL(text).format(table=sql.Identifier(self.name), columns=columns)


@dataclass(frozen=True)
class Snapshot:
    """The rows of each table that has any, as COPY writes them, and where its ids have come to."""

    rows: dict[Table, bytes]
    sequences: dict[str, int]


def take() -> Snapshot:
    with as_owner() as owner:
        tables = [Table(name, secured, tuple(of)) for name, secured, of in owner.execute(TABLES)]
        for table in tables:
            owner.execute(table.words("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
        rows = {table: copied(owner, table) for table in tables if table.name not in KEPT}
        sequences: dict[str, int] = dict(owner.execute(SEQUENCES).fetchall())
        owner.rollback()
    return Snapshot({table: text for table, text in rows.items() if text}, sequences)


def copied(owner: Owner, table: Table) -> bytes:
    with owner.cursor().copy(table.words("COPY {table} ({columns}) TO STDOUT")) as stream:
        return b"".join(bytes(block) for block in stream)


def put_back(snapshot: Snapshot) -> None:
    """Into empty tables."""
    with as_owner() as owner:
        for table in snapshot.rows:
            owner.execute(table.words("ALTER TABLE {table} DISABLE TRIGGER USER"))
            owner.execute(table.words("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
        for table, text in snapshot.rows.items():
            with owner.cursor().copy(table.words("COPY {table} ({columns}) FROM STDIN")) as stream:
                stream.write(text)
        owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in snapshot.rows:
            owner.execute(table.words("ALTER TABLE {table} ENABLE TRIGGER USER"))
            if table.is_secured:
                owner.execute(table.words("ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))
        for name, value in snapshot.sequences.items():
            owner.execute("SELECT setval(%s::regclass, %s)", [name, value])


def as_owner() -> Owner:
    return psycopg.connect(**owner_address(connection.settings_dict["NAME"]))
