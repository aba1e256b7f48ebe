"""Where files are kept: any Django storage, under names that say nothing (0019).

`2026-11-28/7/3f…` is the day, the firm, and chance. The day lets a sweep find what an interrupted
request left behind without listing all there is.
"""

import errno
import logging
from collections.abc import Iterator
from datetime import date, timedelta
from typing import IO, cast
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import Storage, storages

from portal.uploads.problems import FileRefused

logger = logging.getLogger(__name__)

NO_ROOM = "There is no room to keep it just now. Nothing of it was kept; please try again later."
NOT_KEPT = "It could not be kept just now. Nothing of it was kept; please try again later."
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def files() -> Storage:
    return storages["files"]


def refusal(problem: OSError) -> FileRefused:
    """In words for the sender; for who runs the installation a line in the log."""
    logger.error("A file could not be kept: %s", problem)
    return FileRefused(NO_ROOM if problem.errno in FULL else NOT_KEPT)


def put(file: IO[bytes], firm_id: int, on: date) -> str:
    """The name under which all of it is kept; raises `FileRefused`, and then nothing is."""
    key = f"{on:%Y-%m-%d}/{firm_id}/{uuid4().hex}"
    file.seek(0)
    try:
        return files().save(key, File(file, name=key))
    except OSError as problem:
        remove(key)
        raise refusal(problem) from problem


def fetch(key: str) -> IO[bytes]:
    """Raises `FileNotFoundError`."""
    return cast("IO[bytes]", files().open(key))


def remove(key: str) -> None:
    try:
        files().delete(key)
    except OSError as problem:
        logger.error("A file could not be removed: %s", problem)


def kept_between(since: date, until: date) -> Iterator[str]:
    """The names under which something is kept from those days."""
    storage, day = files(), since
    while day <= until:
        for firm in listed(storage, f"{day:%Y-%m-%d}")[0]:
            folder = f"{day:%Y-%m-%d}/{firm}"
            yield from (f"{folder}/{name}" for name in listed(storage, folder)[1])
        day += timedelta(days=1)


def listed(storage: Storage, folder: str) -> tuple[list[str], list[str]]:
    """Folders and files in it; none where it is not there."""
    try:
        return storage.listdir(folder)
    except FileNotFoundError:
        return [], []
