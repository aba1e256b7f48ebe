"""Send magic link, Send reset link, Send intro email (F-155, F-155a)."""

from django.contrib import messages
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from portal.actions.contact_links import send_link
from portal.views.contacts import get_contact_access, to_contacts
from practice.errors import Refused
from practice.http import FirmRequest


@require_POST
def portal_contact_magic_link(
    request: FirmRequest, connection_id: int, access_id: int
) -> HttpResponse:
    return mail(request, connection_id, access_id, "magic")


@require_POST
def portal_contact_reset_link(
    request: FirmRequest, connection_id: int, access_id: int
) -> HttpResponse:
    return mail(request, connection_id, access_id, "reset")


@require_POST
def portal_contact_intro(request: FirmRequest, connection_id: int, access_id: int) -> HttpResponse:
    return mail(request, connection_id, access_id, "intro")


def mail(request: FirmRequest, connection_id: int, access_id: int, kind: str) -> HttpResponse:
    access = get_contact_access(request, connection_id, access_id)
    try:
        words = send_link(access, kind, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        says = f"{words[0].upper()}{words[1:]} to {access.contact.email} is on its way."
        messages.success(request, says)
    return to_contacts(request, connection_id)
