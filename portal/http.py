"""Between a request and a page of the portal: who looks, at which business, and may they."""

from dataclasses import dataclass
from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse

from clients.contact_rules import HIDING, OPEN_CLIENT, ContactAction
from clients.models import Contact, ContactAccess
from portal.models import PortalSettings
from practice.models import Firm, User


@dataclass
class Portal:
    """The portal of one firm as one contact has it, or as staff preview it (F-185).

    `accesses` are the contact's businesses, by name, each with its connection. `slug` is the first
    part of every address: the firm's own, with `~` and an access's id in a preview. `look` is what
    the firm decided about its portal.
    """

    firm: Firm
    contact: Contact
    accesses: list[ContactAccess]
    slug: str
    user: User
    is_preview: bool = False
    look: PortalSettings | None = None

    @property
    def home_url(self) -> str:
        return self.url("home")

    def url(self, name: str, *args: object) -> str:
        return reverse(f"portal:{name}", args=[self.slug, *args])

    @property
    def open_accesses(self) -> list[ContactAccess]:
        """Businesses that the contact may come into now (C10)."""
        return [access for access in self.accesses if access.explain(OPEN_CLIENT).allowed]


class PortalRequest(HttpRequest):
    """A request inside the portal (set by `portal.middleware`)."""

    user: User
    portal: Portal
    access: ContactAccess  # of the business whose page it is


def get_access(request: PortalRequest, connection_id: int) -> ContactAccess:
    """The contact's access to the business; 404 where there is none, 403 with the reason where it
    is shut (F-052)."""
    found = [each for each in request.portal.accesses if each.connection_id == connection_id]
    if not found:
        raise Http404("No such business.")
    request.access = found[0]
    require_contact(request.access, OPEN_CLIENT)
    return request.access


def require_contact(
    access: ContactAccess, *actions: ContactAction, is_recipient: bool = False
) -> None:
    """One of the actions at least must be allowed.

    What the contact's own permissions do not open is not there (404: F-173a, F-177, F-181); what
    the level, the state or the person stops is said (403).
    """
    verdicts = [access.explain(action, is_recipient=is_recipient) for action in actions]
    if any(verdict.allowed for verdict in verdicts):
        return
    stopped = [verdict for verdict in verdicts if verdict.decisive.name not in HIDING]
    if not stopped:
        raise Http404("No such page.")
    raise PermissionDenied(stopped[0].reason)


def portal_of(request: HttpRequest) -> Portal | None:
    return cast(Portal | None, getattr(request, "portal", None))
