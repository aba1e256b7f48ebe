"""Practice Settings > Client Portal: its look, and how clients sign in (F-163, F-165)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from portal.actions.settings import change_branding, change_sign_in
from portal.forms.settings import BrandingForm, SignInSettingsForm
from portal.models import PortalSettings
from portal.models.settings import portal_settings
from portal.settings_tabs import firm_tabs
from practice.emails import site_link
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require
from practice.permissions import MANAGE_ORGANISATION, MANAGE_SECURITY
from practice.views.settings import settings_tabs


@require_http_methods(["GET", "HEAD", "POST"])
def branding(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_ORGANISATION, request.firm)
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = BrandingForm(*posted, instance=portal_settings(request.firm))
    if form.is_valid():
        try:
            change_branding(request.firm, by=request.user, **form.facts)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The look of the portal is saved.")
            return redirect("portal:portal-branding", request.firm.slug)
    address = site_link("portal:sign-in", portal_firm=request.firm.slug)
    return page(request, "portal/branding.html", form, address=address)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_SECURITY, request.firm)
    data = request.POST if request.method == "POST" else None
    form = SignInSettingsForm(data, instance=portal_settings(request.firm))
    if form.is_valid():
        try:
            change_sign_in(request.firm, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "How clients sign in is saved.")
            return redirect("portal:portal-sign-in", request.firm.slug)
    return page(request, "portal/sign_in_settings.html", form)


def page(request: FirmRequest, template: str, form: Any, **more: object) -> HttpResponse:
    """What was refused stays in the form; beside it stands what is saved."""
    saved: PortalSettings = portal_settings(request.firm)
    tabs = {"tabs": settings_tabs(request), "inner_tabs": firm_tabs(request.firm.slug)}
    context = {"form": form, "saved": saved, **tabs, **more}
    status = 422 if form.is_bound else 200
    return render_page(request, template, context, status=status)
