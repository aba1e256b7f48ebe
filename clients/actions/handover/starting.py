"""Asking for a handover pack, and taking it from the firm's own page (F-244)."""

from collections.abc import Iterable
from typing import IO

from django.core.files.storage import default_storage
from django.db import transaction

from clients.actions.events import record
from clients.actions.handover.making import JOB, sections_for
from clients.models import Connection, EventKind, HandoverPack
from clients.models.handover import PARTS, needed
from practice import clock
from practice.actions.jobs import enqueue
from practice.actions.limits import standing_now
from practice.errors import Refused
from practice.history import because
from practice.models import Job, JobState, User
from practice.permissions import Verdict

CHOOSE = "Choose at least one part."
NOT_MADE = "The pack is not made yet."
FILE_GONE = "The file of this pack is no longer on the server. Make a new pack."


@transaction.atomic
def start_pack(connection: Connection, *, by: User, parts: Iterable[str]) -> HandoverPack:
    """Enter the work. The content ends now, or when the relationship ended.

    Raises `Refused` where nothing is chosen, or a part is beyond the person's rights.
    """
    row = Connection.objects.select_for_update(of=("self",)).select_related("branch", "firm")
    connection = row.get(pk=connection.pk)
    keys = sections_for(PARTS.values(), parts)
    if not keys:
        raise Refused(CHOOSE)
    ended = None if connection.is_open else connection.disconnected_at
    pack = HandoverPack(
        firm_id=connection.firm_id,
        connection=connection,
        parts=keys,
        until=ended or clock.now(),
        made_by=by,
    )
    refuse_beyond(pack, by)
    with because("Asked for a handover pack.", by=by):
        pack.save()
    record(connection, EventKind.STATUS, f"{by} made a handover pack", by=by)
    enqueue(JOB, pack.job_key, firm=connection.firm, by=by)
    return pack


def refuse_beyond(pack: HandoverPack, by: User) -> None:
    """Raise `Refused` unless the person may have all that is in it, now."""
    standing = standing_now(by, pack.firm_id)
    verdict = Verdict.of(pack.rules(standing, needed(pack.connection)))
    if not verdict.allowed:
        raise Refused(verdict.reason)


def failure_of(pack: HandoverPack) -> str:
    """Why the work stopped for good; empty while there is hope."""
    if pack.finished_at:
        return ""
    job = Job.objects.filter(kind=JOB, key=pack.job_key, state=JobState.FAILED).first()
    return job.error or "It was interrupted." if job else ""


def progress_of(pack: HandoverPack) -> tuple[int, int]:
    """Parts that are written, of how many."""
    job = Job.objects.filter(kind=JOB, key=pack.job_key).first()
    return (job.done, job.total or len(pack.parts) + 1) if job else (0, len(pack.parts) + 1)


@transaction.atomic
def download_pack(pack: HandoverPack, *, by: User) -> IO[bytes]:
    """The file, and a line on the timeline. Raises `Refused` before it is made."""
    if not pack.finished_at:
        raise Refused(NOT_MADE)
    file = open_file(pack, FILE_GONE)
    record(pack.connection, EventKind.ACCESS, f"{by} downloaded the handover pack", by=by)
    return file


def open_file(pack: HandoverPack, gone: str) -> IO[bytes]:
    """Raises `Refused` with `gone` where the disk has lost it."""
    try:
        file: IO[bytes] = default_storage.open(pack.file)
    except FileNotFoundError as error:
        raise Refused(gone) from error
    return file
