"""The folders of a client: adding, renaming, deleting (F-177b)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.http import get_connection
from clients.models import Connection
from portal.actions.folders import add_folder, delete_folder, rename_folder
from portal.forms.files import FolderForm
from portal.models import Folder
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@require_http_methods(["GET", "POST"])
def folder_add(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.MANAGE_FILES, connection)
    form = FolderForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            add_folder(connection, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, "The folder is added.")
            return redirect("portal:client-files", request.firm.slug, connection.pk)
    return asked(request, {"connection": connection, "form": form, "heading": "Add folder"})


@require_http_methods(["GET", "POST"])
def folder_edit(request: FirmRequest, connection_id: int, folder_id: int) -> HttpResponse:
    connection, folder = get_folder(request, connection_id, folder_id)
    data = request.POST if request.method == "POST" else None
    form = FolderForm(data, initial={"name": folder.name})
    if form.is_valid():
        try:
            rename_folder(folder, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, "The folder is renamed.")
            return redirect("portal:client-files", request.firm.slug, connection.pk)
    return asked(
        request,
        {"connection": connection, "form": form, "heading": "Rename folder", "folder": folder},
    )


def asked(request: FirmRequest, context: dict[str, object]) -> HttpResponse:
    form = context["form"]
    assert isinstance(form, FolderForm)
    status = 422 if form.is_bound else 200
    return render_page(request, "portal/folder_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def folder_delete(request: FirmRequest, connection_id: int, folder_id: int) -> HttpResponse:
    connection, folder = get_folder(request, connection_id, folder_id)
    if request.method == "POST":
        try:
            delete_folder(folder, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, "The folder is deleted.")
        return redirect("portal:client-files", request.firm.slug, connection.pk)
    context = {"connection": connection, "folder": folder}
    return render_page(request, "portal/folder_delete.html", context)


def get_folder(
    request: FirmRequest, connection_id: int, folder_id: int
) -> tuple[Connection, Folder]:
    """One that people made; those that make themselves are not there to be changed (404)."""
    connection = get_connection(request, connection_id)
    require(request.user, p.MANAGE_FILES, connection)
    folder = Folder.objects.of(connection.pk).select_related("connection").filter(pk=folder_id)
    found: Folder | None = folder.first()
    if found is None or not found.is_custom:
        raise Http404("No such folder.")
    return connection, found
