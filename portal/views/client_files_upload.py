"""The firm adds files to a client (F-176, F-178)."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.http import get_connection
from portal.actions.files import add_files
from portal.actions.storing import Added
from portal.forms.files import StaffUploadForm
from portal.models import Folder
from portal.uploads import receives_files
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@receives_files
@require_http_methods(["GET", "POST"])
def client_files_upload(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.MANAGE_FILES, connection)
    folders = list(Folder.objects.of(connection.pk))
    bound = (request.POST, request.FILES) if request.method == "POST" else ()
    place = request.GET.get("folder", "")
    form = StaffUploadForm(*bound, folders=folders, place=place)
    refused: list[Added] = []
    if form.is_valid():
        try:
            added = add_files(connection, by=request.user, **form.answers)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            refused = said(request, added)
            if not refused:
                return redirect("portal:client-files", request.firm.slug, connection.pk)
            form = StaffUploadForm(folders=folders)
    context = {"connection": connection, "form": form, "refused": refused}
    status = 422 if form.is_bound or refused else 200
    return render_page(request, "portal/client_files_upload.html", context, status=status)


def said(request: HttpRequest, added: Sequence[Added]) -> list[Added]:
    """Says how many were kept; gives back those that were not."""
    kept = [one for one in added if one.file]
    if kept:
        named = f"“{kept[0].name}” is added." if len(kept) == 1 else f"{len(kept)} files are added."
        messages.success(request, named)
    return [one for one in added if not one.file]
