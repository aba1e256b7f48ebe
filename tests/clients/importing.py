"""Putting a file through its paces, as upload, worker and button do."""

import csv
import io
from pathlib import Path

from clients.actions.imports import CHECK, COMMIT, check_import, commit_import, start_import
from clients.models import ImportRun
from clients.roles import BillingModel
from practice.actions.jobs import run_job
from practice.models import Branch, Job, User

DATA = Path(__file__).parent / "data"
HEADINGS = ["Company", "Client ID", "Email"]


def csv_file(rows: list[list[str]], headings: list[str] | None = None) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([headings or HEADINGS, *rows])
    return out.getvalue().encode()


def checked(branch: Branch, by: User, data: bytes, name: str = "clients.csv") -> ImportRun:
    """The import after its dry run, with the columns as they were recognised."""
    run = start_import(branch, by=by, file_name=name, data=data, billing_model=BillingModel.BILL_US)
    return check(run, by)


def check(run: ImportRun, by: User) -> ImportRun:
    check_import(run, fields=run.fields, by=by)
    return work(run, CHECK)


def commit(run: ImportRun, by: User) -> ImportRun:
    commit_import(run, by=by)
    return work(run, COMMIT)


def work(run: ImportRun, kind: str) -> ImportRun:
    run.refresh_from_db()
    run_job(Job.objects.get(kind=kind, key=run.job_key).pk)
    run.refresh_from_db()
    return run


def imported(branch: Branch, by: User, data: bytes, name: str = "clients.csv") -> ImportRun:
    return commit(checked(branch, by, data, name), by)


def told(run: ImportRun) -> list[tuple[int, str, str]]:
    """Number, outcome and reason of every row."""
    return list(run.rows.order_by("number").values_list("number", "outcome", "reason"))
