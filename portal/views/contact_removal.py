"""Remove from this client: the gentle sibling of deleting a contact (F-154e, C19)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients.http import get_connection, visible
from clients.models import ContactAccess
from portal.actions.contacts import remove_contact
from portal.views.contacts import clients_beside, get_contact_access, to_contacts
from practice.errors import Refused
from practice.http import FirmRequest, render_page

ENDED = "They are no contact of this client any more."


@require_http_methods(["GET", "HEAD", "POST"])
def portal_contact_remove(request: FirmRequest, connection_id: int, access_id: int) -> HttpResponse:
    if request.method == "POST" and has_ended(request, connection_id, access_id):
        return said_ended(request, connection_id)
    access = get_contact_access(request, connection_id, access_id)
    if request.method == "POST":
        try:
            remove_contact(access, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            says = f"{access.contact} is no contact of {access.connection.name} any more."
            messages.success(request, says)
        return to_contacts(request, connection_id)
    context = {"access": access, **clients_lost(request, access)}
    return render_page(request, "portal/portal_contact_remove.html", context)


def clients_lost(request: FirmRequest, access: ContactAccess) -> dict[str, Any]:
    """The client, and the person's others; of those that one does not see, how many they are."""
    beside = clients_beside(access)
    seen = visible(request).filter(pk__in=[row.pk for row in beside]).order_by()
    known = set(seen.values_list("pk", flat=True))
    others = [row for row in beside if row.pk in known]
    return {"connection": access.connection, "others": others, "unseen": len(beside) - len(others)}


def has_ended(request: FirmRequest, connection_id: int, access_id: int) -> bool:
    """The second click of two: what it asks for is done."""
    connection = get_connection(request, connection_id)
    if ContactAccess.objects.filter(pk=access_id).exists():
        return False
    past = ContactAccess.history.filter(id=access_id, connection_id=connection.pk)
    if not past.exists():
        raise Http404("No such contact.")
    return True


def said_ended(request: FirmRequest, connection_id: int) -> HttpResponse:
    messages.info(request, ENDED)
    return redirect("portal:portal-contacts", request.firm.slug, connection_id)
