"""One action over many clients: dry run, commit, results, undo (F-085…F-087a, F-246)."""

from clients.actions.bulk.checking import Matching, check_clients
from clients.actions.bulk.files import open_file, stored
from clients.actions.bulk.starting import (
    JOB,
    PERMISSIONS,
    commit_run,
    failure_of,
    start_run,
    undo_run,
)
from clients.actions.bulk.undoing import undo_clients
from clients.actions.bulk.writing import write_clients

__all__ = [
    "JOB",
    "PERMISSIONS",
    "Matching",
    "check_clients",
    "commit_run",
    "failure_of",
    "open_file",
    "start_run",
    "stored",
    "undo_clients",
    "undo_run",
    "write_clients",
]
