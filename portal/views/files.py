"""Files in the portal: what the firm shares with a business, and what it sends (F-175…F-178)."""

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from clients.contact_rules import UPLOAD_FILES
from portal.actions.client_files import mark_read, send_files
from portal.actions.storing import Added
from portal.forms.files import ContactUploadForm
from portal.http import PortalRequest, get_access, require_contact
from portal.models import ClientFile, Folder
from portal.models.files import TO_SEE_ANY, FileQuerySet
from portal.uploads import receives_files
from portal.views.client_files_upload import said
from portal.views.handing_out import handed_out
from practice.errors import Refused
from practice.paging import Order, paginate, with_params

ORDER = Order(("created_at", "pk"), is_descending=True)


@require_safe
def files(request: PortalRequest, connection_id: int) -> HttpResponse:
    """By folder; a folder in which there is nothing to see is not there."""
    access = get_access(request, connection_id)
    require_contact(access, *TO_SEE_ANY)
    seen: FileQuerySet = ClientFile.objects.seen_by(access)
    folders = list(
        Folder.objects.of(connection_id).filter(pk__in=seen.order_by().values("folder_id"))
    )
    chosen = request.GET.get("folder", "")
    folder = next((folder for folder in folders if str(folder.pk) == chosen), None)
    rows = seen.filter(folder=folder) if folder else seen
    unread = seen.unread_by(access.contact).values_list("pk", flat=True)
    context = {
        "page": paginate(
            rows.select_related("folder", "uploaded_by", "contact"), ORDER, request.GET
        ),
        "unread": set(unread),
        "chips": [
            (label, with_params(request.GET, folder=value), value == (chosen if folder else ""))
            for value, label in [("", "All files"), *((str(f.pk), f.name) for f in folders)]
        ],
        "send": access.explain(UPLOAD_FILES),
    }
    return render(request, "portal/files.html", context)


@require_safe
def file(request: PortalRequest, connection_id: int, file_id: int) -> HttpResponseBase:
    """Its content, as a download; from then on it is read, but not by a preview (F-185b)."""
    access = get_access(request, connection_id)
    rows = ClientFile.objects.of(connection_id).shown().select_related("folder")
    found: ClientFile | None = rows.filter(pk=file_id).first()
    if found is None:
        raise Http404("No such file.")
    require_contact(access, found.opened_by)
    response = handed_out(found)
    if not request.portal.is_preview:
        mark_read(found, access, by=request.user)
    return response


@receives_files
@require_http_methods(["GET", "HEAD", "POST"])
def files_upload(request: PortalRequest, connection_id: int) -> HttpResponse:
    """What is good is kept, and of the rest it is said why not."""
    access = get_access(request, connection_id)
    require_contact(access, UPLOAD_FILES)
    folders = list(Folder.objects.of(connection_id))
    bound = (request.POST, request.FILES) if request.method == "POST" else ()
    form = ContactUploadForm(*bound, folders=folders)
    refused: list[Added] = []
    if form.is_valid():
        try:
            added = send_files(access, by=request.user, **form.answers)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            refused = said(request, added)
            if not refused:
                return redirect(request.portal.url("files", connection_id))
            form = ContactUploadForm(folders=folders)
    context = {"form": form, "refused": refused}
    status = 422 if form.is_bound or refused else 200
    return render(request, "portal/files_upload.html", context, status=status)
