"""Pause Relationship and Resume Relationship (F-063…F-069a)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.actions.relationships import pause_connection, resume_connection
from clients.forms.relationships import PauseForm, ResumeForm
from clients.http import get_connection
from clients.models import Connection
from clients.roles import BillingModel, ConnectionStatus
from clients.views.client_detail import client_url
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@require_http_methods(["GET", "POST"])
def client_pause(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.PAUSE_CLIENTS, connection)
    form = PauseForm(request.POST) if request.method == "POST" else PauseForm()
    if form.is_valid():
        try:
            pause_connection(connection, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{connection.name} is paused.")
        return redirect(client_url(request, connection.pk))
    return page(request, connection, form, "clients/client_pause.html", ConnectionStatus.ACTIVE)


@require_http_methods(["GET", "POST"])
def client_resume(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.PAUSE_CLIENTS, connection)
    form = ResumeForm(request.POST) if request.method == "POST" else ResumeForm()
    if form.is_valid():
        try:
            resume_connection(connection, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"{connection.name} is active again.")
        return redirect(client_url(request, connection.pk))
    return page(request, connection, form, "clients/client_resume.html", ConnectionStatus.PAUSED)


def page(
    request: FirmRequest, connection: Connection, form: Any, template: str, source: str
) -> HttpResponse:
    """`source` is the state that the change leads from: in another one there is nothing to do."""
    if connection.status != source:
        says = f"{connection.name} is {connection.get_status_display().lower()}: nothing to do."
        messages.info(request, says)
        return redirect(client_url(request, connection.pk))
    context = {
        "connection": connection,
        "form": form,
        "is_bill_us": connection.billing_model == BillingModel.BILL_US,
    }
    return render_page(request, template, context, status=422 if form.is_bound else 200)
