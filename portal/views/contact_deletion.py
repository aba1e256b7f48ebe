"""Delete contact: everywhere, after naming every client that is lost (F-154…F-154e, C19)."""

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from portal.actions.contact_deletion import SHARED, delete_contact
from portal.actions.contacts import lacking
from portal.views.contact_removal import clients_lost, has_ended, said_ended
from portal.views.contacts import clients_beside, get_contact_access, to_contacts
from practice.errors import Refused
from practice.http import FirmRequest, render_page


@require_http_methods(["GET", "HEAD", "POST"])
def portal_contact_delete(request: FirmRequest, connection_id: int, access_id: int) -> HttpResponse:
    if request.method == "POST" and has_ended(request, connection_id, access_id):
        return said_ended(request, connection_id)
    access = get_contact_access(request, connection_id, access_id)
    if request.method == "POST":
        name = str(access.contact)
        try:
            delete_contact(access, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{name} is deleted. They were not told.")
        return to_contacts(request, connection_id)
    why_not = SHARED if lacking(clients_beside(access), request.user) else ""
    context = {"access": access, "why_not": why_not, **clients_lost(request, access)}
    return render_page(request, "portal/portal_contact_delete.html", context)
