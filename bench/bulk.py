"""Filling tables faster than an application may: by the owner, without indexes."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

Owner = psycopg.Connection[Any]

CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype IN ('f', 'u', 'x') AND conparentid = 0 AND (conrelid = ANY (%(tables)s::regclass[])
  OR contype = 'f' AND confrelid = ANY (%(tables)s::regclass[]))
ORDER BY contype DESC, conname
"""  # what keeps rows apart before foreign keys, when they are put back
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY (%s::regclass[]) AND NOT indisprimary
ORDER BY 1
"""


NUMBERED = """
SELECT attrelid::regclass::text FROM pg_attribute
WHERE attrelid = ANY (%s::regclass[]) AND attname = 'id' AND attidentity <> ''
"""


@dataclass(frozen=True)
class Constraint:
    table: str
    name: str
    definition: str


@contextmanager
def bare(owner: Owner, tables: Sequence[str]) -> Iterator[None]:
    """Inside, `tables` have no indexes, foreign keys, policies or triggers; all are put back, and
    their ids go on behind the highest that was given: below the policies it cannot be read.

    Everything happens in the caller's transaction: nobody else ever sees a table without its
    policies, and a loader that is killed leaves the database as it was.
    """
    found = owner.execute(CONSTRAINTS, {"tables": list(tables)}).fetchall()
    constraints = [Constraint(*row) for row in found]
    for each in constraints:
        owner.execute(f'ALTER TABLE {each.table} DROP CONSTRAINT "{each.name}"')
    indexes = owner.execute(INDEXES, [list(tables)]).fetchall()
    for name, _ in indexes:
        owner.execute(f"DROP INDEX {name}")
    for table in tables:
        owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER")
    yield
    for (table,) in owner.execute(NUMBERED, [list(tables)]).fetchall():
        owner.execute(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
        )
    for _, definition in indexes:
        owner.execute(definition)
    for each in constraints:
        owner.execute(f'ALTER TABLE {each.table} ADD CONSTRAINT "{each.name}" {each.definition}')
    for table in tables:
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    for table in secured(owner, tables):
        owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def secured(owner: Owner, tables: Sequence[str]) -> list[str]:
    found = owner.execute(
        "SELECT oid::regclass::text FROM pg_class"
        " WHERE relrowsecurity AND oid = ANY (%s::regclass[])",
        [list(tables)],
    )
    return [name for (name,) in found.fetchall()]


def copy(owner: Owner, table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """`lines` hold one row or many, in COPY's text format."""
    words = sql.SQL("COPY {} ({}) FROM STDIN (FREEZE)")
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    with owner.cursor().copy(words.format(sql.Identifier(table), listed)) as stream:
        for line in lines:
            stream.write(line)


def line(*values: object) -> str:
    """One row: None is NULL, a list is an array."""
    return "\t".join(map(cell, values)) + "\n"


def cell(value: object) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, list):
        return "{" + ",".join(map(str, value)) + "}"
    return str(value).replace("\\", r"\\").replace("\n", r"\n").replace("\t", r"\t")
