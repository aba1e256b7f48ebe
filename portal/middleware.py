"""What surrounds a request for a page of the portal: which contact, of which firm."""

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from clients.permissions import PREVIEW_PORTAL
from portal.actions.visits import note_visit
from portal.http import Portal, portal_of
from portal.models.entering import (
    PortalAddress,
    enter_scope,
    explain_preview,
    find_accesses,
    find_contact,
    find_preview,
)
from practice.http import Forbidden
from practice.models import User

READ_ONLY = "This is a preview. Nothing can be sent or changed in it."
SAFE = ("GET", "HEAD")


class PortalDoor:
    """`/portal/<portal_slug>/…` is open to contacts of that firm, and to its staff as a preview."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        portal, access = portal_of(request), getattr(request, "access", None)
        if portal and access and not portal.is_preview and response.status_code == 200:
            note_visit(access, portal.user)
        return response

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, kwargs: dict[str, object]
    ) -> None:
        slug = kwargs.pop("portal_slug", None)
        if slug is None or not isinstance(request.user, User):
            return
        address = PortalAddress.of(str(slug))
        if address.access_id is None:
            portal = entered(request.user, address)
        else:
            portal = previewed(request, request.user, address.access_id, address)
        request.portal = portal  # type: ignore[attr-defined]


def entered(user: User, address: PortalAddress) -> Portal:
    contact = find_contact(user, address.firm_slug)
    if contact is None:
        raise Http404("No such page.")
    accesses = find_accesses(contact)
    enter_scope(user, contact, accesses)
    return Portal(contact.firm, contact, accesses, str(address), user)


def previewed(request: HttpRequest, user: User, access_id: int, address: PortalAddress) -> Portal:
    """One client, by whoever may see it there; nothing is accepted, no trace is left (F-185b)."""
    access = find_preview(access_id, address.firm_slug)
    if access is None:
        raise Http404("No such page.")
    seen, allowed = explain_preview(user, access)
    if not seen.allowed:
        raise Http404("No such page.")
    if not allowed.allowed:
        raise Forbidden(allowed, PREVIEW_PORTAL)
    if request.method not in SAFE:
        raise PermissionDenied(READ_ONLY)
    enter_scope(user, access.contact, [access])
    return Portal(access.firm, access.contact, [access], str(address), user, is_preview=True)
