"""Request access for some hours, and the answer of who may assign people (F-240)."""

from uuid import uuid4

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from clients import permissions as p
from clients.actions.assignment_requests import (
    ANSWERED,
    decline_assignment,
    grant_assignment,
    request_assignment,
)
from clients.actions.limits import Giver
from clients.forms.assignments import MEANS, AssignmentRequestForm, GrantForm
from clients.http import get_connection
from clients.models import AssignmentRequest, Connection, RequestState
from clients.models.access_requests import Window
from clients.roles import ClientRole
from clients.views.client_team import team_url
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require

ASKED = (
    "If your branch has this client, those who may assign people to it have your request."
    " You are told by mail what they answer."
)


@require_http_methods(["GET", "POST"])
def assignment_request(request: FirmRequest) -> HttpResponse:
    """For a client that the person does not see: whether it exists is not said."""
    form = AssignmentRequestForm(
        request.POST if request.method == "POST" else None,
        initial={"key": uuid4(), "hours": Window.DAY},
    )
    if request.method == "POST":
        too_often: HttpResponse | None = consume_or_429(request, action="request_assignment")
        if too_often:
            return too_often
        if form.is_valid() and asked(request, form):
            return redirect("clients:client-list", request.firm.slug)
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/assignment_request.html", {"form": form}, status=status)


def asked(request: FirmRequest, form: AssignmentRequestForm) -> bool:
    facts = {name: form.cleaned_data[name] for name in ("reason", "hours", "key")}
    words = form.cleaned_data["client"]
    try:
        request_assignment(request.firm.pk, words, by=request.user, **facts)
    except Refused as refusal:
        form.add_error("client", str(refusal))
        return False
    messages.success(request, ASKED)
    return True


@require_http_methods(["GET", "POST"])
def assignment_grant(request: FirmRequest, connection_id: int, request_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.GRANT_ACCESS, connection)
    found = get_request(connection, request_id)
    roles = Giver.of(request.user, [connection]).roles(connection)
    data = request.POST if request.method == "POST" else None
    form = GrantForm(data, roles=roles, initial={"hours": found.hours})
    if form.is_valid() and granted(request, found, form):
        return redirect(team_url(request, connection))
    if request.method == "GET" and found.state != RequestState.OPEN:
        messages.info(request, ANSWERED)
        return redirect(team_url(request, connection))
    means = [(role.value, role.label, MEANS[role]) for role in roles]
    context = {"connection": connection, "asked": found, "form": form, "means": means}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/assignment_grant.html", context, status=status)


def granted(request: FirmRequest, found: AssignmentRequest, form: GrantForm) -> bool:
    role, hours = ClientRole(form.cleaned_data["role"]), form.cleaned_data["hours"]
    try:
        grant_assignment(found, by=request.user, role=role, hours=hours)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    span = Window(hours).label
    messages.success(request, f"{found.asked_by} is assigned for {span}; it ends by itself.")
    return True


@require_POST
def assignment_decline(request: FirmRequest, connection_id: int, request_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.GRANT_ACCESS, connection)
    found = get_request(connection, request_id)
    try:
        decline_assignment(found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{found.asked_by} is told that you declined.")
    return redirect(team_url(request, connection))


def get_request(connection: Connection, request_id: int) -> AssignmentRequest:
    rows = AssignmentRequest.objects.filter(connection=connection).select_related("asked_by")
    found: AssignmentRequest | None = rows.filter(pk=request_id).first()
    if found is None:
        raise Http404("No such request.")
    return found
