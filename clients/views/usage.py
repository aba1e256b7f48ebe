"""Usage events from a file: checked line by line, then added (F-229)."""

import json
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from clients.actions.usage import FileEvent, Refusal, check_events, events_in, upload_events
from clients.forms.usage import UsageEventsForm, UsageFileForm
from clients.permissions import UPDATE_CLIENTS
from clients.roles import UsageKind
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require_anywhere

SHOWN = 200  # lines with an error


@require_http_methods(["GET", "HEAD", "POST"])
def usage_upload(request: FirmRequest) -> HttpResponse:
    """The form; a file is answered by its check, in which nothing is written."""
    require_anywhere(request, UPDATE_CLIENTS)
    form = UsageFileForm(request.POST if request.method == "POST" else None, request.FILES or None)
    if form.is_valid():
        try:
            lines = events_in(form.cleaned_data["file"].read(), ZoneInfo(request.firm.time_zone))
        except Refused as refusal:
            form.add_error("file", str(refusal))
        else:
            return checked(request, lines)
    return usage_form(request, form)


def usage_form(request: FirmRequest, form: UsageFileForm) -> HttpResponse:
    context = {"form": form, "kinds": UsageKind.choices}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/usage_upload.html", context, status=status)


def checked(request: FirmRequest, lines: list[FileEvent]) -> HttpResponse:
    events = [line.event for line in lines]
    answer = check_events(request.firm, events, by=request.user)
    context = {
        "answer": answer,
        "total": len(lines),
        "wrong": [told(one, lines) for one in answer.refused[:SHOWN]],
        "form": UsageEventsForm({"events": json.dumps(events)}),
    }
    return render_page(request, "clients/usage_check.html", context)


def told(refusal: Refusal, lines: list[FileEvent]) -> dict[str, Any]:
    line = lines[refusal.index]
    return {
        "number": line.number,
        "client": line.event.get("client_id", ""),
        "kind": line.event["kind"],
        "at": line.event["at"],
        "error": refusal.error,
    }


@require_POST
def usage_commit(request: FirmRequest) -> HttpResponse:
    """Sent twice, it adds once: events are known by their ids."""
    require_anywhere(request, UPDATE_CLIENTS)
    form = UsageEventsForm(request.POST)
    if not form.is_valid():
        again = UsageFileForm({}, None)
        again.errors.clear()
        again.add_error(None, form.errors["events"][0])
        return usage_form(request, again)
    answer = upload_events(request.firm, form.cleaned_data["events"], by=request.user)
    known = f" {answer.known:,} were known already." if answer.known else ""
    refused = f" {len(answer.refused):,} were refused." if answer.refused else ""
    plural = "event was" if answer.new == 1 else "events were"
    messages.success(request, f"{answer.new:,} {plural} added.{known}{refused}")
    return redirect("practice:activity", firm_slug=request.firm.slug)
