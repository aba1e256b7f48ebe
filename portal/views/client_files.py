"""The Files tab of a client, and what is seen of files as a list (F-175, F-176)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET

from clients import permissions as p
from clients.http import get_connection
from clients.models import Connection
from clients.views.client_detail import workspace
from portal.models import ClientFile, Folder
from portal.models.files import FileQuerySet
from practice.auth import explain
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import Order, paginate, with_params
from practice.spreadsheets import CSV_TYPE, csv_rows

ORDER = Order(("created_at", "pk"), is_descending=True)
HEADER = (
    "Name", "Folder", "Year", "Visible to the client", "State", "Size in bytes", "SHA-256",
    "Added by", "Added",
)  # fmt: skip
DELETED = "deleted"
NO_FOLDER = "none"


@require_GET
def client_files(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_CLIENT_FILES, connection)
    folders = list(Folder.objects.of(connection.pk))
    chosen = request.GET.get("folder", "")
    context = {
        **workspace(request, connection, "files"),
        "page": paginate(asked_for(request, connection), ORDER, request.GET),
        "folder": next((folder for folder in folders if str(folder.pk) == chosen), None),
        "chips": folder_chips(request, folders),
        "is_narrowed": chosen not in ("", DELETED) or bool(needle_of(request)),
        "are_deleted": chosen == DELETED,
        "chosen": chosen,
        "needle": needle_of(request),
        "undo": just_deleted(request, connection),
        "manage": explain(request.user, p.MANAGE_FILES, connection),
        "export_query": with_params(request.GET),
    }
    return render_page(request, "portal/client_files.html", context)


@require_GET
def client_files_export(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    """The list; the files are taken one by one."""
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_CLIENT_FILES, connection)

    def lines() -> Iterable[str]:
        rows = asked_for(request, connection).order_by(*ORDER.columns())
        return csv_rows(HEADER, map(cells, rows.iterator(chunk_size=500)))

    name = f"files-{connection.pk}.csv"
    return stream(request, lines, content_type=CSV_TYPE, filename=name)


def asked_for(request: FirmRequest, connection: Connection) -> FileQuerySet:
    """By folder and by words in the name; deleted ones only where they are asked for."""
    chosen = request.GET.get("folder", "")
    rows: FileQuerySet = ClientFile.objects.of(connection.pk)
    rows = rows.deleted() if chosen == DELETED else rows.kept()
    if chosen == NO_FOLDER:
        rows = rows.filter(folder=None)
    elif chosen.isascii() and chosen.isdigit() and len(chosen) < 19:
        rows = rows.filter(folder_id=int(chosen))
    if needle := needle_of(request):
        rows = rows.filter(name__icontains=needle)
    return rows.select_related("folder", "uploaded_by", "contact")


def needle_of(request: FirmRequest) -> str:
    return request.GET.get("words", "").replace("\0", "").strip()[:200]


def folder_chips(request: FirmRequest, folders: list[Folder]) -> list[tuple[str, str, bool]]:
    """Words, URL, and whether it is on."""
    chosen = request.GET.get("folder", "")
    choices = [("", "All files"), *((str(folder.pk), folder.name) for folder in folders)]
    if folders:
        choices.append((NO_FOLDER, "Not in a folder"))
    choices.append((DELETED, "Deleted"))
    return [
        (label, with_params(request.GET, folder=value), value == chosen) for value, label in choices
    ]


def just_deleted(request: FirmRequest, connection: Connection) -> ClientFile | None:
    """For the line that offers to bring it back."""
    number = request.GET.get("gone", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    rows: Any = ClientFile.objects.of(connection.pk).deleted()
    found: ClientFile | None = rows.filter(pk=number).first()
    return found


def cells(file: ClientFile) -> Iterator[object]:
    yield file.name
    yield file.folder or ""
    yield file.year
    yield file.is_visible
    yield file.get_state_display()
    yield file.size
    yield file.sha256
    yield file.added_by
    yield file.created_at
