"""Access Settings: what the client's own people may do, and who at the firm sees the client."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from clients import permissions as p
from clients.actions.access_levels import set_access_level
from clients.actions.restrictions import ASSIGN_FIRST, keeps_sight, restrict_connection
from clients.forms.access import AccessLevelForm, RestrictionForm
from clients.http import get_connection
from clients.models import Connection
from clients.models.turns import ACCESS_LEVEL, RESTRICTION, last_turn
from clients.roles import AccessLevel
from clients.views.client_detail import client_url
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@require_http_methods(["GET", "POST"])
def client_access_settings(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_ACCESS, connection)
    form = AccessLevelForm(request.POST or None, initial=present(connection))
    if form.is_valid() and saved(request, connection, form):
        return redirect(client_url(request, connection.pk))
    return page(request, connection, form, RestrictionForm(auto_id="restrict_%s"))


def saved(request: FirmRequest, connection: Connection, form: AccessLevelForm) -> bool:
    answers = form.cleaned_data
    level = AccessLevel(answers["level"])
    facts = {"features": answers["features"], "reason": answers["reason"]}
    try:
        outcome = set_access_level(connection, level, by=request.user, **facts)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    if outcome.is_changed:
        says = f"The client access level of {connection.name} is {level.label}, from now on."
        messages.success(request, says)
    else:
        messages.info(request, f"Nothing changed: {outcome.why}")
    return True


@require_POST
def client_restrict(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_ACCESS, connection)
    form = RestrictionForm(request.POST, auto_id="restrict_%s")
    if form.is_valid():
        try:
            restrict_connection(connection, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, restricted(connection, form.cleaned_data["is_restricted"]))
            return redirect(client_url(request, connection.pk))
    return page(request, connection, AccessLevelForm(initial=present(connection)), form)


def restricted(connection: Connection, is_restricted: bool) -> str:
    if is_restricted:
        return f"{connection.name} is restricted: Super Admins and the people assigned see it."
    return f"{connection.name} is no longer restricted."


def present(connection: Connection) -> dict[str, Any]:
    return {"level": connection.access_level, "features": connection.access_features}


def page(
    request: FirmRequest,
    connection: Connection,
    form: AccessLevelForm,
    restriction: RestrictionForm,
) -> HttpResponse:
    sees = keeps_sight(connection, request.standing)
    context = {
        "connection": connection,
        "form": form,
        "restriction": restriction,
        "features": connection.access_feature_names,
        "level_turn": last_turn(connection, ACCESS_LEVEL),
        "restriction_turn": last_turn(connection, RESTRICTION)
        if connection.is_restricted
        else None,
        "lacks_sight": "" if sees or connection.is_restricted else ASSIGN_FIRST,
    }
    status = 422 if form.errors or restriction.errors else 200
    return render_page(request, "clients/client_access_settings.html", context, status=status)
