"""What the clock does with files: scan what waits, and remove what is gone (F-178, F-228)."""

import time
from datetime import timedelta

from django.db import transaction

from clients.actions.events import record
from clients.models import Connection, EventKind
from portal.actions.files import RESTORED_FOR
from portal.models import ClientFile, FileState
from portal.uploads import scanning, storing
from practice import clock
from practice.history import because
from practice.tenancy import as_system

BATCH = 50
SECONDS = 45  # after which the next run goes on
LEFT_AFTER = timedelta(days=2)  # longer than any request or job
LOOKED_BACK = timedelta(days=14)


def scan_pending() -> int:
    """Files that waited while the scanner was down, any of them first, so that one of which it has
    no opinion does not hold up the rest. Says how many are settled."""
    with as_system():
        waiting = list(ClientFile.objects.pending().order_by("?")[:BATCH])
    until, settled = time.monotonic() + SECONDS, 0
    for file in waiting:
        if time.monotonic() < until:
            settled += scan_file(file)
    return settled


def scan_file(file: ClientFile) -> bool:
    """Whether it is settled now. The scan is before the lock: it takes its time."""
    try:
        with storing.fetch(file.storage_key) as content:
            scan = scanning.scan(content)
    except OSError:
        return False
    if scan.verdict == scanning.Verdict.UNKNOWN:
        return False
    is_clean = scan.verdict == scanning.Verdict.CLEAN
    with transaction.atomic(), as_system():
        connection = Connection.objects.locked(file.connection_id)
        rows = ClientFile.objects.select_for_update().filter(pk=file.pk, state=FileState.PENDING)
        file_now = rows.first()
        if file_now is None:
            return False
        settle(file_now, connection, is_clean=is_clean)
    return True


def settle(file: ClientFile, connection: Connection, *, is_clean: bool) -> None:
    if is_clean:
        file.state = FileState.CLEAN
        with because("The virus scan found nothing."):
            file.save(update_fields=["state"])
        return
    kept_as, file.storage_key = file.storage_key, ""
    file.state, file.is_visible = FileState.REFUSED, False
    with because("The virus scan found a virus."):
        file.save(update_fields=["state", "is_visible", "storage_key"])
    record(connection, EventKind.FILE, f"A virus was found in the file {file.name}; it is gone")
    transaction.on_commit(lambda: storing.remove(kept_as))


def remove_deleted() -> int:
    """The content of files that were deleted thirty days ago; what was said of them stays."""
    until = clock.now() - RESTORED_FOR
    with as_system():
        due = ClientFile.objects.deleted().filter(deleted_at__lte=until).order_by("pk")
        rows = list(due.values_list("pk", "storage_key"))
        with because("Removed the content of deleted files."):
            ClientFile.objects.filter(pk__in=[pk for pk, _ in rows]).update(storage_key="")
    for _, kept_as in rows:
        storing.remove(kept_as)
    return len(rows)


def sweep_leftovers() -> int:
    """Content without a row: what a request left that was killed between the two."""
    today = clock.today()
    names = list(storing.kept_between(today - LOOKED_BACK, today - LEFT_AFTER))
    with as_system():
        known = set(
            ClientFile.objects.filter(storage_key__in=names).values_list("storage_key", flat=True)
        )
    left = [name for name in names if name not in known]
    for name in left:
        storing.remove(name)
    return len(left)
