"""What the firm does with a client's files: add, share, hide, file away, delete (F-176)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from clients import permissions as p
from clients.actions.correspondence import keep_messages
from clients.actions.events import record
from clients.actions.judging import refuse_unless
from clients.models import Connection, ContactAccess, EventKind
from portal.actions.storing import Added, look_at_all, store_all
from portal.models import ClientFile, FileState, Folder, FolderKind
from portal.models.files import auto_folder
from portal.uploads import Upload
from portal.uploads.names import extension_of
from practice import clock
from practice.actions.outbox import mail_of, post_messages
from practice.emails import site_link
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.text import tidy

GONE = "Somebody deleted this file."
GONE_FOR_GOOD = "This file was deleted too long ago; its content is gone."
NO_FOLDER = "This folder is gone."
REFUSED = "A virus was found in this file. Nobody can open it, so it is not shown to the client."
KEEPS_ENDING = "The name must go on ending in “.{}”."
SAY_A_NAME = "Give it a name."
NO_SLASH = "The name of a file has no slash."
RESTORED_FOR = timedelta(days=30)


@dataclass(frozen=True)
class Place:
    """A folder as a form names it: by its id, or a kind that makes itself; neither is none."""

    folder_id: int | None = None
    kind: FolderKind | None = None


NOWHERE = Place()


def lock_to_manage(connection: Connection, by: User) -> Connection:
    """The client, locked. Raises `Refused` unless the person may manage its files now."""
    row = Connection.objects.locked(connection.pk)
    row.branch = connection.branch
    refuse_unless(row, p.MANAGE_FILES, by)
    return row


def put_in(connection: Connection, place: Place, by: User) -> Folder | None:
    """The folder of a place. Raises `Refused` where it was deleted."""
    if place.kind:
        with because("Added a folder.", by=by):
            return auto_folder(connection, place.kind)
    if place.folder_id is None:
        return None
    return lock_folder(connection, place.folder_id)


def lock_folder(connection: Connection, folder_id: int) -> Folder:
    found = Folder.objects.select_for_update().filter(connection=connection, pk=folder_id).first()
    if found is None:
        raise Refused(NO_FOLDER)
    return found


def lock_file(file: ClientFile) -> ClientFile:
    rows = ClientFile.objects.select_for_update(of=("self",)).select_related("folder")
    found: ClientFile | None = rows.filter(pk=file.pk).first()
    if found is None:
        raise Refused(GONE)
    return found


def add_files(
    connection: Connection,
    uploads: Sequence[Upload],
    *,
    by: User,
    place: Place = NOWHERE,
    is_visible: bool = False,
    key: UUID,
) -> list[Added]:
    """What became of each, in order. With the same `key` a second click adds nothing."""
    look_at_all(uploads)
    with transaction.atomic():
        row = lock_to_manage(connection, by)
        folder = put_in(row, place, by)
        return store_all(
            row,
            uploads,
            by=by,
            folder=folder,
            is_visible=is_visible,
            key=key,
        )


def people_to_tell(file: ClientFile) -> list[ContactAccess]:
    """Contacts who see the file once it is visible, and can be written to."""
    accesses = ContactAccess.objects.filter(connection_id=file.connection_id)
    people = accesses.select_related("contact__user").order_by("contact__name", "pk")
    for access in people:
        access.connection = file.connection
    return [a for a in people if a.contact.email and a.explain(file.opened_by).allowed]


@transaction.atomic
def show_file(file: ClientFile, *, by: User, tell: Sequence[int] = ()) -> ClientFile:
    """Make it visible, and write to those contacts (by the ids of their accesses), or to nobody.

    Visible already, it stays as it is and nobody is written to. Raises `Refused`.
    """
    row = lock_to_manage(file.connection, by)
    file = lock_file(file)
    refuse_deleted(file)
    if file.state == FileState.REFUSED:
        raise Refused(REFUSED)
    if file.is_visible:
        return file
    file.connection = row
    people = [access for access in people_to_tell(file) if access.pk in set(tell)]
    file.is_visible, file.visible_at = True, clock.now()
    with because("Made a file visible to the client.", by=by):
        file.save(update_fields=["is_visible", "visible_at"])
    record(row, EventKind.FILE, f"{by} made the file {file.name} visible to the client", by=by)
    for access in people:
        write_to(access, file, by)
    return file


def write_to(access: ContactAccess, file: ClientFile, by: User) -> None:
    """The mail names the file and does not hold it."""
    assert file.visible_at is not None
    firm, contact = file.connection.firm, access.contact
    mail = mail_of(
        "portal/file_visible",
        key=f"file:{file.pk}:visible:{file.visible_at:%Y%m%d%H%M%S%f}:{contact.pk}",
        recipient=contact.email,
        firm=firm,
        contact=contact,
        connection=file.connection,
        file=file,
        by=by,
        link=site_link("portal:files", portal_slug=firm.slug, connection_id=file.connection_id),
    )
    keep_messages(post_messages([mail]), [file.connection], contact=contact, by=by)


@transaction.atomic
def hide_file(file: ClientFile, *, by: User) -> ClientFile:
    """The client no longer sees it, not even who opened it before."""
    row = lock_to_manage(file.connection, by)
    file = lock_file(file)
    refuse_deleted(file)
    if file.is_visible:
        file.is_visible = False
        with because("Hid a file from the client.", by=by):
            file.save(update_fields=["is_visible"])
        record(row, EventKind.FILE, f"{by} hid the file {file.name} from the client", by=by)
    return file


@transaction.atomic
def edit_file(
    file: ClientFile, *, by: User, name: str, place: Place = NOWHERE, year: int | None = None
) -> ClientFile:
    """Rename it, move it, say for which year it is. Raises `Refused`."""
    row = lock_to_manage(file.connection, by)
    file = lock_file(file)
    refuse_deleted(file)
    file.name, file.folder, file.year = renamed(file, name), put_in(row, place, by), year
    with because("Renamed or moved a file.", by=by):
        file.save(update_fields=["name", "folder", "year"])
    return file


def renamed(file: ClientFile, name: str) -> str:
    """Its ending says what it is, and stays."""
    name, ending = tidy(name), extension_of(file.name)
    if not name:
        raise Refused(SAY_A_NAME)
    if "/" in name or "\\" in name:
        raise Refused(NO_SLASH)
    if extension_of(name) != ending:
        raise Refused(KEEPS_ENDING.format(ending))
    return name


def refuse_deleted(file: ClientFile) -> None:
    if file.deleted_at:
        raise Refused(GONE)


@transaction.atomic
def delete_file(file: ClientFile, *, by: User) -> ClientFile:
    """From every list; for thirty days it can be brought back."""
    row = lock_to_manage(file.connection, by)
    file = lock_file(file)
    if not file.deleted_at:
        file.deleted_at = clock.now()
        with because("Deleted a file.", by=by):
            file.save(update_fields=["deleted_at"])
        record(row, EventKind.FILE, f"{by} deleted the file {file.name}", by=by)
    return file


@transaction.atomic
def restore_file(file: ClientFile, *, by: User) -> ClientFile:
    """As it was, visible or hidden. Raises `Refused` once its content is gone."""
    row = lock_to_manage(file.connection, by)
    file = lock_file(file)
    if not file.storage_key:
        raise Refused(GONE_FOR_GOOD)
    if file.deleted_at:
        file.deleted_at = None
        with because("Brought a deleted file back.", by=by):
            file.save(update_fields=["deleted_at"])
        record(row, EventKind.FILE, f"{by} brought the file {file.name} back", by=by)
    return file
