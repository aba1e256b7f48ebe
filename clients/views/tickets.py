"""Tickets of one client: the list, its export, and a new one on behalf of the client (F-136)."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from clients import permissions as p
from clients.actions.tickets import create_ticket
from clients.forms.tickets import TicketFilterForm, TicketForm, about
from clients.http import get_connection
from clients.models import ClientAccount, Connection, Ticket
from clients.models.tickets import TicketPriority
from clients.views.client_detail import walk_of, workspace
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import numbered, with_params
from practice.spreadsheets import CSV_TYPE, csv_rows

HEADER = (
    "Ticket", "Subject", "Text", "Priority", "State", "Answer due (UTC)", "Overdue", "Created by",
    "Created (UTC)", "Closed (UTC)", "Closed by",
)  # fmt: skip
PEOPLE = ("created_by", "closed_by")


@require_GET
def client_tickets(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    form = TicketFilterForm(request.GET)
    context = {
        **workspace(request, connection, "tickets"),
        "form": form,
        "page": numbered(form.narrow(tickets_of(connection)), request.GET),
        "kept": QueryDict(walk_of(request).removeprefix("?")).lists(),
        "export_query": with_params(request.GET, page=""),
    }
    return render_page(request, "clients/client_tickets.html", context)


def tickets_of(connection: Connection) -> Any:
    return Ticket.objects.filter(connection=connection).select_related(*PEOPLE)


@require_GET
def client_tickets_export(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    connection = get_connection(request, connection_id)
    rows = TicketFilterForm(request.GET).narrow(tickets_of(connection))

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, rows.iterator(chunk_size=500)))

    name = f"tickets-{connection.pk}.csv"
    return stream(request, lines, content_type=CSV_TYPE, filename=name)


def cells(ticket: Ticket) -> Iterator[object]:
    yield ticket.number
    yield ticket.subject
    yield ticket.text
    yield ticket.get_priority_display()
    yield ticket.state
    yield ticket.due_at
    yield ticket.is_overdue
    yield ticket.created_by
    yield ticket.created_at
    yield ticket.closed_at
    yield ticket.closed_by or ""


@require_http_methods(["GET", "POST"])
def ticket_add(request: FirmRequest, connection_id: int) -> HttpResponse:
    """Empty, or begun from the health check that the address names (F-134a)."""
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    first: dict[str, Any] = {"priority": TicketPriority.NORMAL, "key": uuid4()}
    first |= about(request.GET.get("check"))
    form = TicketForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_valid():
        try:
            ticket = create_ticket(connection, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"Ticket {ticket.number} is created.")
            return redirect("clients:ticket", request.firm.slug, connection.pk, ticket.pk)
    owners = ClientAccount.objects.select_related("owner")
    account = owners.filter(pk=connection.account_id).first()
    context = {"connection": connection, "form": form, "owner": account and account.owner}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/ticket_form.html", context, status=status)
