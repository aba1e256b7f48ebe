"""Practice Settings > Alert thresholds: when a client is called quiet (C26, F-100a)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients.forms.thresholds import ThresholdsForm
from practice.actions.firms import update_firm
from practice.http import FirmRequest, render_page, require
from practice.permissions import MANAGE_ORGANISATION
from practice.views.settings import settings_tabs


@require_http_methods(["GET", "POST"])
def alert_thresholds(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_ORGANISATION, request.firm)
    data = request.POST if request.method == "POST" else None
    form = ThresholdsForm(data, initial=ThresholdsForm.initial_for(request.firm))
    if form.is_valid():
        update_firm(request.firm, by=request.user, **form.cleaned_data)
        messages.success(request, "The alert thresholds are saved. The next run uses them.")
        return redirect("clients:alert-thresholds", request.firm.slug)
    context = {
        "form": form,
        "tabs": settings_tabs(request),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/alert_thresholds.html", context, status=status)
