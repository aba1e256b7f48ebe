"""Practice Settings > Message templates: texts with merge fields (F-092c).

They speak for the whole firm, so who keeps them holds Manage Organisation; everybody who may write
to a client puts them in.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.actions.message_templates import add_starters, delete_template, save_template
from clients.forms.correspondence import TemplateForm
from clients.models import MessageTemplate
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import numbered
from practice.permissions import MANAGE_ORGANISATION
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.views.settings import settings_tabs

HEADER = ("Name", "Subject", "Text")


@require_GET
def template_list(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_ORGANISATION, request.firm)
    page = numbered(templates_of(request), request.GET)
    context = {"tabs": settings_tabs(request), "page": page}
    return render_page(request, "clients/template_list.html", context)


@require_GET
def template_export(request: FirmRequest) -> HttpResponseBase:
    require(request.user, MANAGE_ORGANISATION, request.firm)
    rows = list(templates_of(request).values_list("name", "subject", "body"))
    return stream(
        request,
        lambda: csv_rows(HEADER, rows),
        content_type=CSV_TYPE,
        filename="message-templates.csv",
    )


@require_http_methods(["GET", "POST"])
def template_add(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_ORGANISATION, request.firm)
    form = TemplateForm(request.POST if request.method == "POST" else None)
    return answer(request, form, None)


@require_http_methods(["GET", "POST"])
def template_edit(request: FirmRequest, template_id: int) -> HttpResponse:
    template = get_template(request, template_id)
    require(request.user, MANAGE_ORGANISATION, request.firm)
    data = request.POST if request.method == "POST" else None
    return answer(request, TemplateForm(data, initial=TemplateForm.initial_for(template)), template)


def answer(
    request: FirmRequest, form: TemplateForm, template: MessageTemplate | None
) -> HttpResponse:
    if form.is_valid():
        try:
            saved = save_template(request.firm, template, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"The template “{saved.name}” is saved.")
            return redirect("clients:template-list", request.firm.slug)
    context = {"form": form, "template": template}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/template_form.html", context, status=status)


@require_http_methods(["GET", "POST"])
def template_delete(request: FirmRequest, template_id: int) -> HttpResponse:
    template = get_template(request, template_id)
    require(request.user, MANAGE_ORGANISATION, request.firm)
    if request.method == "POST":
        delete_template(template, by=request.user)
        messages.success(request, f"The template “{template.name}” is deleted.")
        return redirect("clients:template-list", request.firm.slug)
    return render_page(request, "clients/template_delete.html", {"template": template})


@require_POST
def template_starters(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_ORGANISATION, request.firm)
    new = add_starters(request.firm, by=request.user)
    said = f"{new} templates are added." if new else "The starter set is here already."
    messages.success(request, said)
    return redirect("clients:template-list", request.firm.slug)


def templates_of(request: FirmRequest) -> Any:
    return MessageTemplate.objects.for_firm(request.firm)


def get_template(request: FirmRequest, template_id: int) -> MessageTemplate:
    template: MessageTemplate = get_object_or_404(templates_of(request), pk=template_id)
    return template
