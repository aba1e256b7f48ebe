"""One alert of a client: what is the matter, who has it, and what was done about it (F-100)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from clients import permissions as p
from clients.actions.alerts import assign_alert
from clients.actions.colleagues import who_sees
from clients.forms.alerts import USUAL_SNOOZE, AssignForm
from clients.http import get_connection
from clients.models import Alert, Connection
from clients.roles import ConnectionStatus
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require

TURNS = 50


@require_GET
def alert(request: FirmRequest, alert_id: int) -> HttpResponse:
    return page(request, get_alert(request, alert_id))


def page(request: FirmRequest, found: Alert, form: AssignForm | None = None) -> HttpResponse:
    turns = Alert.history.filter(id=found.pk).select_related("history_user")
    context = {
        "alert": found,
        "connection": found.connection,
        "form": form or assign_form(found),
        "usual_snooze": USUAL_SNOOZE,
        "write": explain(request.user, p.UPDATE_CLIENTS, found.connection),
        "turns": turns.order_by("-history_date", "-history_id")[:TURNS],
    }
    status = 422 if form else 200
    return render_page(request, "clients/alert.html", context, status=status)


def assign_form(found: Alert, data: Any = None) -> AssignForm:
    people = [person.pk for person in who_sees(found.connection)]
    return AssignForm(data, people=people, initial={"assignee": found.assignee_id})


@require_POST
def alert_assign(request: FirmRequest, alert_id: int) -> HttpResponse:
    found = get_alert(request, alert_id)
    require(request.user, p.UPDATE_CLIENTS, found.connection)
    form = assign_form(found, request.POST)
    if form.is_valid():
        try:
            assign_alert(found, to=form.cleaned_data["assignee"], by=request.user)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The assignment is saved.")
            return redirect("clients:alert", request.firm.slug, found.pk)
    return page(request, found, form)


def get_alert(request: FirmRequest, alert_id: int) -> Alert:
    """404 for another firm’s, and for those of clients that the person does not see."""
    rows = Alert.objects.for_firm(request.firm).select_related("assignee", "acknowledged_by")
    found: Alert | None = rows.filter(pk=alert_id).first()
    if found is None:
        raise Http404("No such alert.")
    found.connection = get_connection(request, found.connection_id)
    return found


def alerts_of(connection: Connection) -> Any:
    """Those that last, for the client’s own pages; of a paused client they are muted (F-067)."""
    if connection.status != ConnectionStatus.ACTIVE:
        return Alert.objects.none()
    return Alert.objects.unresolved().filter(connection=connection).select_related("assignee")
