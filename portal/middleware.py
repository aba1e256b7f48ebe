"""What surrounds a request for a page of the portal: which contact, of which firm."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from clients.permissions import PREVIEW_PORTAL
from portal.actions.visits import note_preview, note_visit
from portal.http import Portal, portal_of
from portal.models import PortalSettings
from portal.models.entering import (
    PortalAddress,
    enter_scope,
    explain_preview,
    find_accesses,
    find_contact,
    find_preview,
)
from portal.models.settings import portal_settings
from practice.auth import has_second_factor
from practice.http import DESTINATION, Forbidden, keep_destination
from practice.models import User

ENROL = "{} asks for a second factor. Set up an app or a passkey to go on."
READ_ONLY = "This is a preview. Nothing can be sent or changed in it."
SAFE = ("GET", "HEAD")


class SignInFirst(LoginRequiredMiddleware):
    """Who is stopped on the way to a portal signs in at the door of its firm, and comes back."""

    def handle_no_permission(  # type: ignore[override]  # to htmx it is no redirect
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        match = request.resolver_match
        address = PortalAddress.of(str(match.kwargs.get("portal_slug", "")) if match else "")
        if not address.firm_slug or address.access_id is not None:  # a preview is for staff
            answer: HttpResponseBase = super().handle_no_permission(request, view_func)
            return answer
        door = reverse("portal:sign-in", args=[address.firm_slug])
        if "HX-Request" in request.headers:
            page = urlsplit(request.headers.get("HX-Current-URL", ""))
            back = urlencode({REDIRECT_FIELD_NAME: page.path})
            return HttpResponse(status=204, headers={"HX-Redirect": f"{door}?{back}"})
        return redirect_to_login(request.get_full_path(), door)


class PortalDoor:
    """`/portal/<portal_slug>/…` is open to contacts of that firm, and to its staff as a preview."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        portal, access = portal_of(request), getattr(request, "access", None)
        if portal and access and response.status_code == 200:
            note = note_preview if portal.is_preview else note_visit
            note(access, portal.user)
        return response

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, kwargs: dict[str, object]
    ) -> HttpResponse | None:
        slug = kwargs.pop("portal_slug", None)
        if slug is None or not isinstance(request.user, User):
            return None
        address = PortalAddress.of(str(slug))
        if address.access_id is None:
            portal = entered(request.user, address)
        else:
            portal = previewed(request, request.user, address.access_id, address)
        portal.look = portal_settings(portal.firm)
        request.portal = portal  # type: ignore[attr-defined]
        return None if portal.is_preview else factor_first(request, portal, portal.look)


def factor_first(
    request: HttpRequest, portal: Portal, settings: PortalSettings
) -> HttpResponse | None:
    """Who must set up a second factor goes there first, and comes back (F-163)."""
    if settings.requires_second_factor and not has_second_factor(portal.user.pk):
        keep_destination(request, portal.home_url)
        messages.warning(request, ENROL.format(settings.shown_name))
        return redirect("mfa_index")
    if str(request.session.get(DESTINATION, "")).startswith(portal.home_url):
        del request.session[DESTINATION]
    return None


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
