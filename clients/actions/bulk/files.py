"""Export client list and Generate reports (F-086d, F-086f): a file of the chosen clients."""

from collections.abc import Iterable, Sequence
from tempfile import TemporaryFile
from typing import IO

from django.core.files import File
from django.core.files.storage import default_storage

from clients.actions.bulk.plans import Facts, Plan, Work
from clients.models import BulkAction, BulkOutcome, BulkRun, Connection
from clients.models.client_file import KINDS, export_file
from clients.permissions import EXPORT_CLIENTS
from practice.permissions import Verdict
from practice.spreadsheets import csv_rows

TAKEN = "in the file"


class FileWork(Work):
    """Every client that may be exported goes into the file; nothing changes on them."""

    permission = EXPORT_CLIENTS

    def state(self, _row: Connection) -> Facts:
        return {}

    def plan(self, _row: Connection, verdict: Verdict) -> Plan:
        if not verdict.allowed:
            return Plan(BulkOutcome.SKIPPED, verdict.reason, {}, {})
        return Plan(BulkOutcome.WILL_CHANGE, TAKEN, {}, {})

    def write(self, rows: Sequence[Connection]) -> None: ...


def makes_file(run: BulkRun) -> bool:
    return run.action in {BulkAction.EXPORT, BulkAction.REPORTS}


def write_file(run: BulkRun) -> str:
    """Its name in the storage. Done again after an interruption, it replaces the unfinished one."""
    taken = run.items.filter(outcome=BulkOutcome.CHANGED).order_by().values("connection_id")
    if run.action == BulkAction.EXPORT:
        header, lines = export_file(taken, run.firm_id, run.parameters.get("columns", ()))
    else:
        header, lines = KINDS[run.parameters["kind"]].file(taken, run.firm_id)
    name = f"bulk/{run.firm_id}/{run.pk}.csv"
    default_storage.delete(name)
    return keep(name, csv_rows(header, lines))


def keep(name: str, chunks: Iterable[str]) -> str:
    with TemporaryFile() as file:
        for chunk in chunks:
            file.write(chunk.encode())
        file.seek(0)
        return default_storage.save(name, File(file))


def stored(run: BulkRun) -> str:
    """The name of the finished file; empty where there is none."""
    return str(run.parameters.get("file", ""))


def open_file(run: BulkRun) -> IO[bytes]:
    file: IO[bytes] = default_storage.open(stored(run))
    return file
