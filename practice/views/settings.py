"""Practice Settings: what the firm says about itself."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from practice.actions.firms import update_firm
from practice.forms.settings import FirmForm
from practice.http import FirmRequest, require
from practice.models import Firm
from practice.permissions import MANAGE_ORGANISATION

TABS = (
    ("general", "General", "practice:settings"),
    ("security", "Security", "practice:security-settings"),
    ("api", "API keys", "practice:api-key-list"),
    ("webhooks", "Webhooks", "practice:webhook-list"),
    ("portal", "Client Portal", "portal:all-contacts"),
    ("tags", "Tags", "clients:tag-list"),
    ("alerts", "Alert thresholds", "clients:alert-thresholds"),
    ("partner", "Partner Program", "invitations:referral-list"),
    ("templates", "Message templates", "clients:template-list"),
)


@require_http_methods(["GET", "HEAD", "POST"])
def practice_settings(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_ORGANISATION, request.firm)
    # The form works on a copy: what it refuses must not show in the frame of the page.
    copy = Firm.objects.get(pk=request.firm.pk)
    form = FirmForm(request.POST or None, instance=copy)
    if form.is_valid():
        update_firm(request.firm, by=request.user, **form.cleaned_data)
        messages.success(request, "The practice settings are saved.")
        return redirect("practice:settings", firm_slug=request.firm.slug)
    status = 422 if form.is_bound else 200
    context = {"form": form, "tabs": settings_tabs(request)}
    return render(request, "practice/settings.html", context, status=status)


def settings_tabs(request: FirmRequest) -> list[tuple[Any, ...]]:
    where = {"firm_slug": request.firm.slug}
    return [(key, label, reverse(name, kwargs=where), None) for key, label, name in TABS]
