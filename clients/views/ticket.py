"""One ticket of a client: what was said, answering it, closing it (F-136a)."""

from collections.abc import Callable
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from clients import permissions as p
from clients.actions.tickets import answer_ticket, close_ticket, reopen_ticket
from clients.forms.tickets import ReplyForm
from clients.http import get_connection
from clients.models import Connection, Ticket
from clients.views.tickets import tickets_of
from practice.auth import explain
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@require_http_methods(["GET", "POST"])
def ticket(request: FirmRequest, connection_id: int, ticket_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    found = get_ticket(connection, ticket_id)
    form = ReplyForm(initial={"key": uuid4()})
    if request.method == "POST":
        require(request.user, p.UPDATE_CLIENTS, connection)
        form = ReplyForm(request.POST)
        if form.is_valid():
            try:
                answer_ticket(found, by=request.user, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "Your reply stands below, and the client is told.")
                return back(request, found)
    context = {
        "connection": connection,
        "ticket": found,
        "replies": found.replies.select_related("author"),
        "form": form,
        "write": explain(request.user, p.UPDATE_CLIENTS, connection),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/ticket.html", context, status=status)


@require_POST
def ticket_close(request: FirmRequest, connection_id: int, ticket_id: int) -> HttpResponse:
    return changed(request, connection_id, ticket_id, close_ticket, "closed")


@require_POST
def ticket_reopen(request: FirmRequest, connection_id: int, ticket_id: int) -> HttpResponse:
    return changed(request, connection_id, ticket_id, reopen_ticket, "open again")


def changed(
    request: FirmRequest,
    connection_id: int,
    ticket_id: int,
    act: Callable[..., Ticket],
    says: str,
) -> HttpResponse:
    """Each is the way back from the other."""
    connection = get_connection(request, connection_id)
    found = get_ticket(connection, ticket_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    try:
        act(found, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Ticket {found.number} is {says}.")
    return back(request, found)


def get_ticket(connection: Connection, ticket_id: int) -> Ticket:
    found: Ticket | None = tickets_of(connection).filter(pk=ticket_id).first()
    if found is None:
        raise Http404("No such ticket.")
    found.connection = connection
    return found


def back(request: FirmRequest, found: Ticket) -> HttpResponse:
    return redirect("clients:ticket", request.firm.slug, found.connection_id, found.pk)
