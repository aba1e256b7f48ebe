"""What a contact does with files: sending some, and having opened one (F-175, F-178)."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from clients.actions.events import note_activity
from clients.contact_rules import UPLOAD_FILES
from clients.models import ContactAccess
from portal.actions.acting import acting, refuse_unless_may
from portal.actions.files import lock_folder
from portal.actions.storing import Added, look_at_all, store_all
from portal.models import ClientFile, FileRead
from portal.uploads import Upload
from practice import tenancy
from practice.errors import Refused
from practice.models import User

NOT_YOURS = "Files cannot be added to this folder."


def send_files(
    access: ContactAccess,
    uploads: Sequence[Upload],
    *,
    by: User,
    folder_id: int | None = None,
    key: UUID,
) -> list[Added]:
    """What became of each, in order. They are visible: the client knows them already.

    With the same `key` a second click adds nothing. Raises `Refused` where the contact may not.
    """
    look_at_all(uploads)
    with acting(access, by) as now:
        refuse_unless_may(now, UPLOAD_FILES)
        folder = lock_folder(now.connection, folder_id) if folder_id else None
        if folder and not folder.is_custom:
            raise Refused(NOT_YOURS)
        added = store_all(
            now.connection, uploads, by=by, folder=folder, contact=now.contact, key=key
        )
        if any(one.file for one in added):
            note_activity(now.connection)
    return added


def mark_read(file: ClientFile, access: ContactAccess, *, by: User) -> None:
    """Once; from then on it does not wait for the contact."""
    with transaction.atomic(), tenancy.in_firm(access.firm_id, by.pk):
        FileRead.objects.bulk_create(
            [
                FileRead(
                    firm_id=file.firm_id,
                    connection_id=file.connection_id,
                    file=file,
                    contact_id=access.contact_id,
                )
            ],
            ignore_conflicts=True,
        )
