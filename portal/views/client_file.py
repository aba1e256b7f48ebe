"""One file of a client, for the firm: found, and handed out (F-228)."""

from django.http import Http404, HttpResponseBase
from django.views.decorators.http import require_GET

from clients import permissions as p
from clients.http import get_connection
from clients.models import Connection
from portal.models import ClientFile
from portal.views.handing_out import handed_out
from practice.actions.downloads import note_download
from practice.http import FirmRequest, require


@require_GET
def client_file(request: FirmRequest, connection_id: int, file_id: int) -> HttpResponseBase:
    """Its content, as a download and as nothing else."""
    _, file = get_file(request, connection_id, file_id)
    response = handed_out(file)
    note_download(request.firm, request.member, file.name)
    return response


def get_file(
    request: FirmRequest, connection_id: int, file_id: int
) -> tuple[Connection, ClientFile]:
    """404 unless the person sees the client and it has the file; 403 when its files are closed."""
    connection = get_connection(request, connection_id)
    require(request.user, p.VIEW_CLIENT_FILES, connection)
    rows = ClientFile.objects.of(connection.pk).select_related("folder")
    found: ClientFile | None = rows.filter(pk=file_id).first()
    if found is None:
        raise Http404("No such file.")
    found.connection = connection
    return connection, found
