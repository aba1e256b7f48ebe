"""Keeping files that arrived: checked, scanned, then a row and its bytes, or neither (F-178)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.db import transaction

from clients.actions.events import record
from clients.models import Connection, Contact, EventKind
from portal.models import ClientFile, FileState, Folder
from portal.models.files import AUTO_KINDS, auto_folder
from portal.uploads import FileRefused, Upload, checking, scanning, storing
from portal.uploads.names import LONGEST_FOLDER
from portal.uploads.signatures import INFECTED
from practice import clock
from practice.errors import Refused
from practice.history import because
from practice.models import User

MOST_FOLDERS = 200  # of one client
TOO_MANY_FOLDERS = f"A client has {MOST_FOLDERS} folders at most."
THE_FIRMS = "The folder “{}” is the firm’s; send it under another name."


@dataclass(frozen=True)
class Added:
    """What became of one file; `why` is a sentence where it was not taken."""

    name: str
    file: ClientFile | None = None
    why: str = ""


def store_upload(
    connection: Connection,
    upload: Upload,
    *,
    by: User,
    folder: Folder | None = None,
    contact: Contact | None = None,
    is_visible: bool = True,
    key: UUID | None = None,
) -> ClientFile:
    """Keep one file. The caller has locked the client and judged; `contact` is who brings it.

    With the same `key` it is kept once. Raises `Refused` with a sentence that names the file, and
    then nothing of it remains.
    """
    try:
        return stored(connection, upload, by, folder, contact, is_visible=is_visible, key=key)
    except FileRefused as refused:
        raise Refused(f"“{upload.name}” was not added. {refused}") from refused


def stored(
    connection: Connection,
    upload: Upload,
    by: User,
    folder: Folder | None,
    contact: Contact | None,
    *,
    is_visible: bool,
    key: UUID | None,
) -> ClientFile:
    """The same, raising `FileRefused`."""
    if key and (earlier := ClientFile.objects.filter(connection=connection, key=key).first()):
        return earlier
    look_at(upload)
    kept_as = storing.put(upload.file, connection.firm_id, clock.today())
    try:
        with transaction.atomic(), because("Added a file.", by=by):
            return ClientFile.objects.create(
                firm_id=connection.firm_id,
                connection=connection,
                folder=folder,
                name=upload.name or "",
                size=upload.size or 0,
                sha256=upload.digest,
                state=upload.state,
                is_visible=is_visible,
                visible_at=clock.now() if is_visible else None,
                uploaded_by=by,
                contact=contact,
                storage_key=kept_as,
                key=key,
            )
    except BaseException:
        storing.remove(kept_as)
        raise


def look_at(upload: Upload) -> None:
    """Check and scan it, once. Best before the client is locked: a large archive takes a second,
    a scanner more. Raises `FileRefused`."""
    if upload.problem:
        raise FileRefused(upload.problem)
    if upload.kind is not None:
        return
    try:
        kind = checking.check(upload.file, upload.name or "", upload.size or 0)
        scan = scanning.scan(upload.file)
        if scan.verdict == scanning.Verdict.INFECTED:
            raise FileRefused(INFECTED)
    except FileRefused as refused:
        upload.problem = str(refused)
        raise
    is_clean = scan.verdict == scanning.Verdict.CLEAN
    upload.kind, upload.state = kind, FileState.CLEAN if is_clean else FileState.PENDING


def look_at_all(uploads: Sequence[Upload]) -> None:
    for upload in uploads:
        try:
            look_at(upload)
        except FileRefused:
            continue  # said once more when it is its turn


def store_all(
    connection: Connection,
    uploads: Sequence[Upload],
    *,
    by: User,
    folder: Folder | None,
    contact: Contact | None = None,
    is_visible: bool = True,
    key: UUID,
) -> list[Added]:
    """Each by itself: what is wrong with one leaves the others kept. The client is locked."""
    added = []
    for number, upload in enumerate(uploads):
        name = "/".join(filter(None, [upload.folder, upload.name]))
        try:
            with transaction.atomic():
                file = stored(
                    connection,
                    upload,
                    by,
                    place_of(connection, upload, folder, contact, by=by),
                    contact,
                    is_visible=is_visible,
                    key=uuid5(key, f"{number}"),
                )
            added.append(Added(name, file))
        except FileRefused as refused:
            added.append(Added(name, why=str(refused)))
    note_in_timeline(connection, added, by=by, who=str(contact or by))
    return added


def place_of(
    connection: Connection,
    upload: Upload,
    folder: Folder | None,
    contact: Contact | None,
    *,
    by: User,
) -> Folder | None:
    """A whole folder keeps its name, below the folder that was chosen for it. Raises
    `FileRefused`."""
    if not upload.folder or (folder and not folder.is_custom):
        return folder
    name = f"{folder.name}/{upload.folder}" if folder else upload.folder
    if len(name) > LONGEST_FOLDER:
        raise FileRefused(f"The name of its folder is longer than {LONGEST_FOLDER} characters.")
    if contact and name.lower() in AUTO_KINDS:
        raise FileRefused(THE_FIRMS.format(name))
    return folder_named(connection, name, by=by)


def folder_named(connection: Connection, name: str, *, by: User) -> Folder:
    """The client's folder of that name, made where there is none. Raises `FileRefused`."""
    if kind := AUTO_KINDS.get(name.lower()):
        with because("Added a folder.", by=by):
            return auto_folder(connection, kind)
    folders = Folder.objects.of(connection.pk)
    found: Folder | None = folders.filter(name__iexact=name).first()
    if found:
        return found
    if folders.count() >= MOST_FOLDERS:
        raise FileRefused(TOO_MANY_FOLDERS)
    with because("Added a folder.", by=by):
        return Folder.objects.create(firm_id=connection.firm_id, connection=connection, name=name)


def note_in_timeline(connection: Connection, added: Sequence[Added], *, by: User, who: str) -> None:
    files = [one.file for one in added if one.file]
    if not files:
        return
    what = f"the file {files[0].name}" if len(files) == 1 else f"{len(files)} files"
    record(connection, EventKind.FILE, f"{who} added {what}", by=by)
