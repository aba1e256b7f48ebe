"""A firm's own colours and logo, for its door and its portal: open to everybody (F-165)."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from portal.models import PortalSettings
from portal.models.colours import tokens
from practice.tenancy import as_system

KEPT = cache_control(public=True, max_age=300)


@login_not_required
@require_safe
@KEPT
def style(_request: HttpRequest, portal_firm: str) -> HttpResponse:
    """A style sheet with the tokens that differ; empty for a firm without a colour of its own."""
    found = settings_at(portal_firm)
    pairs = tokens(found.colour).items() if found and found.colour else ()
    lines = "".join(f"{name}:light-dark({light},{dark});" for name, (light, dark) in pairs)
    return HttpResponse(f":root{{{lines}}}" if lines else "", content_type="text/css")


@login_not_required
@require_safe
@KEPT
def logo(_request: HttpRequest, portal_firm: str) -> HttpResponse:
    found = settings_at(portal_firm)
    if found is None or not found.logo:
        raise Http404("No such page.")
    return HttpResponse(bytes(found.logo), content_type=found.logo_type)


def settings_at(slug: str) -> PortalSettings | None:
    with as_system():
        return PortalSettings.objects.filter(firm__slug=slug).first()
