"""Clients from a file: upload, columns, dry run, import (F-120)."""

from clients.actions.imports.checking import check_rows
from clients.actions.imports.starting import (
    CHECK,
    COMMIT,
    check_import,
    commit_import,
    failure_of,
    start_import,
)
from clients.actions.imports.writing import write_rows

__all__ = [
    "CHECK",
    "COMMIT",
    "check_import",
    "check_rows",
    "commit_import",
    "failure_of",
    "start_import",
    "write_rows",
]
