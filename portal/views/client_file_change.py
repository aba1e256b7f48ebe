"""One file: renamed, moved, shown to the client, hidden, deleted, brought back (F-176)."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from clients import permissions as p
from portal.actions.files import (
    delete_file,
    edit_file,
    hide_file,
    people_to_tell,
    restore_file,
    show_file,
)
from portal.forms.files import FileForm, ShowForm
from portal.models import Folder
from portal.views.client_file import get_file
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@require_http_methods(["GET", "POST"])
def client_file_edit(request: FirmRequest, connection_id: int, file_id: int) -> HttpResponse:
    connection, file = get_file(request, connection_id, file_id)
    require(request.user, p.MANAGE_FILES, connection)
    folders = list(Folder.objects.of(connection.pk))
    data = request.POST if request.method == "POST" else None
    form = FileForm(data, file=file, folders=folders)
    if form.is_valid():
        try:
            edit_file(file, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Changes saved.")
            return back(request, connection_id)
    context = {"connection": connection, "file": file, "form": form}
    status = 422 if form.is_bound else 200
    return render_page(request, "portal/client_file_edit.html", context, status=status)


@require_http_methods(["GET", "POST"])
def client_file_show(request: FirmRequest, connection_id: int, file_id: int) -> HttpResponse:
    """Asks whom to notify; nobody is an answer."""
    connection, file = get_file(request, connection_id, file_id)
    require(request.user, p.MANAGE_FILES, connection)
    people = people_to_tell(file)
    form = ShowForm(request.POST if request.method == "POST" else None, people=people)
    if form.is_valid():
        try:
            show_file(file, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"“{file.name}” is visible to the client.")
            return back(request, connection_id)
    context = {"connection": connection, "file": file, "form": form, "people": people}
    status = 422 if form.is_bound else 200
    return render_page(request, "portal/client_file_show.html", context, status=status)


@require_POST
def client_file_hide(request: FirmRequest, connection_id: int, file_id: int) -> HttpResponse:
    connection, file = get_file(request, connection_id, file_id)
    require(request.user, p.MANAGE_FILES, connection)
    try:
        hide_file(file, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"“{file.name}” is hidden from the client.")
    return back(request, connection_id)


@require_http_methods(["GET", "POST"])
def client_file_delete(request: FirmRequest, connection_id: int, file_id: int) -> HttpResponse:
    connection, file = get_file(request, connection_id, file_id)
    require(request.user, p.MANAGE_FILES, connection)
    if request.method == "POST":
        try:
            delete_file(file, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return back(request, connection_id)
        return back(request, connection_id, gone=str(file.pk))
    context = {"connection": connection, "file": file}
    return render_page(request, "portal/client_file_delete.html", context)


@require_POST
def client_file_restore(request: FirmRequest, connection_id: int, file_id: int) -> HttpResponse:
    connection, file = get_file(request, connection_id, file_id)
    require(request.user, p.MANAGE_FILES, connection)
    try:
        restore_file(file, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"“{file.name}” is back.")
    return back(request, connection_id)


def back(request: FirmRequest, connection_id: int, **words: str) -> HttpResponse:
    kwargs = {"firm_slug": request.firm.slug, "connection_id": connection_id}
    url = reverse("portal:client-files", kwargs=kwargs)
    return redirect(f"{url}?{urlencode(words)}" if words else url)
