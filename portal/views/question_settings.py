"""How a client is asked and reminded (F-156, F-157, F-174)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients.http import get_connection
from clients.permissions import MANAGE_QUESTIONS
from portal.actions.questions import change_question_settings
from portal.forms.questions import RemindersForm, SwitchesForm
from portal.models import QuestionSettings
from portal.settings_tabs import client_tabs
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require

FORMS: dict[str, Any] = {"questions": SwitchesForm, "reminders": RemindersForm}


@require_http_methods(["GET", "POST"])
def portal_questions(request: FirmRequest, connection_id: int) -> HttpResponse:
    return settings_page(request, connection_id, "questions")


@require_http_methods(["GET", "POST"])
def portal_reminders(request: FirmRequest, connection_id: int) -> HttpResponse:
    return settings_page(request, connection_id, "reminders")


def settings_page(request: FirmRequest, connection_id: int, tab: str) -> HttpResponse:
    connection = get_connection(request, connection_id)
    settings = QuestionSettings.of(connection)
    settings.firm = request.firm
    form = FORMS[tab](initial=FORMS[tab].initial_for(settings))
    if request.method == "POST":
        require(request.user, MANAGE_QUESTIONS, connection)
        form = FORMS[tab](request.POST)
        if form.is_valid():
            try:
                change_question_settings(connection, by=request.user, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "Changes saved.")
                return redirect(f"portal:portal-{tab}", request.firm.slug, connection.pk)
    context = {
        "connection": connection,
        "form": form,
        "tabs": client_tabs(request.firm.slug, connection.pk),
        "tab": tab,
        "write": explain(request.user, MANAGE_QUESTIONS, connection),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "portal/question_settings.html", context, status=status)
