"""The folders of a client; those that make themselves stay as they are (F-177b)."""

from django.db import transaction

from clients.models import Connection
from portal.actions.files import SAY_A_NAME, lock_folder, lock_to_manage
from portal.actions.storing import folder_named
from portal.models import ClientFile, Folder
from portal.models.files import AUTO_KINDS
from portal.uploads import FileRefused
from practice.errors import Refused
from practice.history import because
from practice.models import User
from practice.text import tidy

MAKES_ITSELF = "“{}” makes itself, and stays as it is."
THERE_IS_ONE = "The client has a folder of this name."
NOT_EMPTY = "There are files in this folder. Move or delete them first."


@transaction.atomic
def add_folder(connection: Connection, *, by: User, name: str) -> Folder:
    """Raises `Refused` where there is one of that name already."""
    row = lock_to_manage(connection, by)
    name = named(row, name)
    try:
        return folder_named(row, name, by=by)
    except FileRefused as refused:
        raise Refused(str(refused)) from refused


@transaction.atomic
def rename_folder(folder: Folder, *, by: User, name: str) -> Folder:
    row = lock_to_manage(folder.connection, by)
    folder = lock_own(row, folder)
    folder.name = named(row, name, except_for=folder)
    with because("Renamed a folder.", by=by):
        folder.save(update_fields=["name"])
    return folder


@transaction.atomic
def delete_folder(folder: Folder, *, by: User) -> None:
    """An empty one. Files that were deleted from it come back without it."""
    row = lock_to_manage(folder.connection, by)
    folder = lock_own(row, folder)
    if ClientFile.objects.kept().filter(folder=folder).exists():
        raise Refused(NOT_EMPTY)
    with because("Deleted a folder.", by=by):
        ClientFile.objects.filter(folder=folder).update(folder=None)
        folder.delete()


def lock_own(row: Connection, folder: Folder) -> Folder:
    """A folder that people made. Raises `Refused` for the others."""
    folder = lock_folder(row, folder.pk)
    if not folder.is_custom:
        raise Refused(MAKES_ITSELF.format(folder.name))
    return folder


def named(row: Connection, name: str, *, except_for: Folder | None = None) -> str:
    """Free at this client. The names of those that make themselves are taken beforehand."""
    name = "/".join(filter(None, (tidy(part) for part in name.replace("\\", "/").split("/"))))
    if not name:
        raise Refused(SAY_A_NAME)
    others = Folder.objects.of(row.pk).filter(name__iexact=name)
    if except_for is not None:
        others = others.exclude(pk=except_for.pk)
    if others.exists() or name.lower() in AUTO_KINDS:
        raise Refused(THERE_IS_ONE)
    return name
