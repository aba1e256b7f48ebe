"""“Download my data”: a zip of what is the account's own, made by a job, for its owner (F-221).

The job is all that is stored about it: its key is the account's id and a number that nobody
guesses, and the file bears the job's id.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from tempfile import TemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from clients.actions.handover.making import Counted
from clients.models import ClientAccount
from clients.models.own_data import own_tables
from practice import clock, tenancy
from practice.actions.jobs import Progress, enqueue
from practice.errors import Refused
from practice.models import Job, JobState, User
from practice.models.jobs import JobQuerySet
from practice.spreadsheets import csv_rows

JOB = "clients.own_data"
FOLDER = "own-data"
LASTS = timedelta(hours=24)
MOST_A_DAY = 3

NOT_OWNER = "Only the owner of the account can download its data."
RUNNING = "Your data is being put together already."
TOO_MANY = f"{MOST_A_DAY} downloads were made within 24 hours. Ask for the next one tomorrow."
NOT_MADE = "The file is not made yet."
EXPIRED = "This file has expired. Make a new one."
ABOUT = """Data of {name}

Made for {person} on {at} UTC. Each .csv file is a table of this account:

{lines}

Files and questions that your accountants share with you are not in it: they stand in their portal.
What they write for themselves, notes and tags among it, is theirs; ask them for it.
"""


@dataclass(frozen=True)
class OwnDownload:
    """The latest one that was asked for, as the clock has it."""

    job: Job

    @property
    def is_running(self) -> bool:
        return not self.job.is_finished

    @property
    def failure(self) -> str:
        is_failed = self.job.state == JobState.FAILED
        return (self.job.error or "It was interrupted.") if is_failed else ""

    @property
    def expires_at(self) -> datetime | None:
        return self.job.finished_at + LASTS if self.job.finished_at else None

    @property
    def is_ready(self) -> bool:
        ends = self.expires_at
        return self.job.state == JobState.DONE and ends is not None and ends > clock.now()

    @property
    def done(self) -> int:
        return self.job.done

    @property
    def total(self) -> int:
        return self.job.total or len(own_tables())


def latest_download(account: ClientAccount) -> OwnDownload | None:
    """Whoever calls has found the account as its owner's; jobs without a firm are the system's."""
    with tenancy.as_system():
        job = jobs_of(account).order_by("-pk").first()
    return OwnDownload(job) if job else None


def jobs_of(account: ClientAccount) -> JobQuerySet:
    return Job.objects.filter(kind=JOB, key__startswith=f"{account.pk}-")


@transaction.atomic
def start_download(account: ClientAccount, *, by: User) -> Job:
    """One at a time, and three a day. Raises `Refused` beyond that."""
    with tenancy.as_system():
        account = ClientAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        refuse_stranger(account, by)
        latest = latest_download(account)
        if latest and latest.is_running:
            raise Refused(RUNNING)
        since = clock.now() - timedelta(days=1)
        if jobs_of(account).filter(created_at__gt=since).count() >= MOST_A_DAY:
            raise Refused(TOO_MANY)
        return enqueue(JOB, f"{account.pk}-{token_hex(8)}", by=by)


def refuse_stranger(account: ClientAccount, by: User) -> None:
    if account.owner_id != by.pk or not by.is_active:
        raise Refused(NOT_OWNER)


def make_download(job: Job) -> Iterator[Progress]:
    """Begun anew after an interruption. Whoever asked is its owner still, at each step."""
    assert job.asked_by is not None
    tables, counts = own_tables(), []
    with TemporaryFile() as file:
        with ZipFile(file, "w", ZIP_DEFLATED) as zipped:
            for number, table in enumerate(tables, start=1):
                account = account_of(job)
                lines = csv_rows(table.header, counted := Counted(table.rows(account)))
                with zipped.open(f"{table.key}.csv", "w") as out:
                    for line in lines:
                        out.write(line.encode())
                counts.append(f"{table.key}.csv: {table.title} ({counted.rows} rows)")
                yield Progress(number - 1, len(tables))
            zipped.writestr("about.txt", about(account_of(job), job.asked_by, counts))
        store(job, file)
    yield Progress(len(tables), len(tables))


def account_of(job: Job) -> ClientAccount:
    """Raises `Refused` once the account has another owner."""
    account = ClientAccount.objects.get(pk=int(job.key.split("-")[0]))
    assert job.asked_by is not None
    job.asked_by.refresh_from_db()
    refuse_stranger(account, job.asked_by)
    return account


def about(account: ClientAccount, person: User, counts: list[str]) -> str:
    at = f"{clock.now():%Y-%m-%d %H:%M}"
    return ABOUT.format(name=account.name, person=person, at=at, lines="\n".join(counts))


def store(job: Job, file: IO[bytes]) -> None:
    file.seek(0)
    default_storage.delete(path_of(job.pk))
    default_storage.save(path_of(job.pk), File(file))


def path_of(job_id: int) -> str:
    return f"{FOLDER}/{job_id}.zip"


def open_download(account: ClientAccount, *, by: User) -> IO[bytes]:
    """The latest file. Raises `Refused` before it is made, and once it has expired."""
    refuse_stranger(account, by)
    latest = latest_download(account)
    if latest is None or latest.is_running or latest.failure:
        raise Refused(NOT_MADE)
    if not latest.is_ready:
        raise Refused(EXPIRED)
    try:
        file: IO[bytes] = default_storage.open(path_of(latest.job.pk))
    except FileNotFoundError as error:
        raise Refused(EXPIRED) from error
    return file


def sweep_downloads() -> int:
    """Delete the files that nobody may take any more; how many there were."""
    if not default_storage.exists(FOLDER):
        return 0
    _, names = default_storage.listdir(FOLDER)
    with tenancy.as_system():
        fresh = Job.objects.filter(kind=JOB, created_at__gt=clock.now() - 2 * LASTS)
        kept = {job.pk for job in fresh if not job.is_finished or OwnDownload(job).is_ready}
    old = [name for name in names if name.partition(".")[0] not in {str(pk) for pk in kept}]
    for name in old:
        default_storage.delete(f"{FOLDER}/{name}")
    return len(old)
