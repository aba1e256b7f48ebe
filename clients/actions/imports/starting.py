"""The three things a person does: give a file, say what its columns mean, import it."""

from collections.abc import Sequence

from django.db import transaction

from clients.models import ImportRow, ImportRun, ImportState
from clients.tables import (
    Line,
    Table,
    Unreadable,
    heading_index,
    label_headings,
    read_table,
    recognise,
)
from practice.actions.jobs import enqueue
from practice.errors import Refused
from practice.models import Branch, Firm, Job, JobState, User
from practice.text import tidy

CHECK, COMMIT = "import-check", "import-commit"
NAMING = {"name", "contact_name", "contact_first", "contact_last"}

NO_HEADINGS = (
    "No heading was recognised. The first row reads: {}. Add a row of headings such as"
    " “Company name” and “Client ID”, or tick “The first row is a client”."
)
ONLY_HEADINGS = "The file has headings but no clients below them."
NO_NAME = "Choose the column that holds the company name."
RUNNING = "This file is being checked already."
FINISHED = "This import has been made. Upload the file again to import it once more."
UNCHECKED = "Check the file before you import it."
NOTHING = "There is nothing to import: no row is new or changes a client."


@transaction.atomic
def start_import(
    branch: Branch,
    *,
    by: User,
    file_name: str,
    data: bytes,
    billing_model: str,
    has_headings: bool = True,
) -> ImportRun:
    """Keep the file's rows and what its headings seem to mean. Raises `Refused` for a bad file."""
    table = read_table(data)
    headings, lines, skipped = divide(table, has_headings=has_headings)
    run = ImportRun.objects.create(
        firm_id=branch.firm_id,
        branch=branch,
        started_by=by,
        file_name=tidy(file_name)[:255] or "clients",
        billing_model=billing_model,
        columns=label_headings(headings),
        mapping=mapping_of(recognise(headings) if has_headings else []),
        notice=" ".join(filter(None, [table.notice, skipped])),
        total=len(lines),
    )
    rows = [
        ImportRow(
            firm_id=run.firm_id,
            run=run,
            number=line.number,
            cells=line.cells,
            problem=line.problem,
        )
        for line in lines
    ]
    ImportRow.objects.bulk_create(rows, batch_size=2000)
    return run


def divide(table: Table, *, has_headings: bool) -> tuple[list[str], list[Line], str]:
    """Headings, the rows below them, and a remark about rows above them."""
    if not has_headings:
        width = max(len(line.cells) for line in table.lines)
        return [""] * width, table.lines, ""
    index = heading_index(table.lines)
    if index is None:
        raise Unreadable(NO_HEADINGS.format(shown(table.lines[0])))
    lines = table.lines[index + 1 :]
    if not lines:
        raise Unreadable(ONLY_HEADINGS)
    skipped = f"The headings were found in row {table.lines[index].number}." if index else ""
    return trimmed(table.lines[index].cells), lines, skipped


def shown(line: Line) -> str:
    return "“" + ", ".join(cell.strip() for cell in line.cells if cell.strip())[:100] + "”"


def trimmed(cells: list[str]) -> list[str]:
    """Without blank headings at the end."""
    width = max(index for index, cell in enumerate(cells, start=1) if cell.strip())
    return cells[:width]


def mapping_of(fields: Sequence[str]) -> dict[str, str]:
    return {str(index): field for index, field in enumerate(fields) if field}


@transaction.atomic
def check_import(run: ImportRun, *, fields: Sequence[str], by: User) -> ImportRun:
    """Begin the dry run with these meanings of the columns; nothing is written to clients."""
    run = ImportRun.objects.locked(run.pk)
    if run.state in {ImportState.IMPORTING, ImportState.DONE}:
        raise Refused(FINISHED)
    if run.is_running and not failure_of(run):
        raise Refused(RUNNING)
    if not NAMING & set(fields):
        raise Refused(NO_NAME)
    run.mapping = mapping_of(fields)
    return begin(run, ImportState.CHECKING, total=run.rows.count(), by=by)


@transaction.atomic
def commit_import(run: ImportRun, *, by: User) -> ImportRun:
    """Begin to write the rows that are new or change something. Asked twice, it begins once."""
    run = ImportRun.objects.locked(run.pk)
    if run.state == ImportState.IMPORTING and not failure_of(run):
        return run
    if run.state == ImportState.DONE:
        raise Refused(FINISHED)
    if run.state != ImportState.CHECKED and run.state != ImportState.IMPORTING:
        raise Refused(UNCHECKED)
    left = run.rows.to_write().count()
    if not left:
        raise Refused(NOTHING)
    done = run.rows.filter(is_written=True).count()
    return begin(run, ImportState.IMPORTING, done=done, total=done + left, by=by)


def begin(run: ImportRun, state: ImportState, *, total: int, by: User, done: int = 0) -> ImportRun:
    run.state, run.done, run.total = state, done, total
    run.attempt += 1
    run.save(update_fields=["mapping", "state", "done", "total", "attempt"])
    firm = Firm.objects.get(pk=run.firm_id)
    enqueue(kind_of(run), run.job_key, firm=firm, by=by)
    return run


def kind_of(run: ImportRun) -> str:
    return COMMIT if run.state == ImportState.IMPORTING else CHECK


def failure_of(run: ImportRun) -> str:
    """Why the work on this run stopped for good; empty while there is hope."""
    if not run.is_running:
        return ""
    job = Job.objects.filter(kind=kind_of(run), key=run.job_key, state=JobState.FAILED).first()
    return job.error or "It was interrupted." if job else ""
