"""Tickets in a client's own pages: created by its accountant or by writing to it, and answered by
the owner (F-136, F-147)."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from clients.actions.tickets import answer_as_owner, write_to_firm
from clients.forms.tickets import ContactForm, ReplyForm, TicketFilterForm
from clients.models import ClientAccount, Connection, Ticket
from clients.models.external import CONNECTED
from clients.models.tickets import TicketReply
from clients.views.company import company_file, get_company
from clients.views.company_access import get_firm
from practice import tenancy
from practice.errors import Refused
from practice.http import FirmRequest, render_page
from practice.paging import Order, paginate, with_params

NEWEST_FIRST = Order(("id",), is_descending=True)
HEADINGS = ("Firm", "Ticket", "Subject", "Priority", "State", "Answer due (UTC)", "Created (UTC)")


@require_GET
def company_tickets(request: FirmRequest, account_id: int) -> HttpResponse:
    """The firms' rows are not the owner's own: the system reads, of this account alone."""
    account = get_company(request, account_id)
    form = TicketFilterForm(request.GET)
    with tenancy.as_system():
        rows = form.narrow(tickets_of(account))
        if request.GET.get("format") == "csv":
            lines = map(cells, rows.iterator(chunk_size=500))
            return company_file(account, "tickets", HEADINGS, lines)
        page = paginate(rows, NEWEST_FIRST, request.GET)
    export_query = with_params(request.GET, format="csv")
    context = {"account": account, "form": form, "page": page, "export_query": export_query}
    return render_page(request, "clients/company_tickets.html", context)


def tickets_of(account: ClientAccount) -> Any:
    rows = Ticket.objects.filter(connection__account=account)
    return rows.select_related("firm", "connection", "created_by", "closed_by")


def cells(ticket: Ticket) -> Iterator[object]:
    yield ticket.firm.name
    yield ticket.number
    yield ticket.subject
    yield ticket.get_priority_display()
    yield ticket.state
    yield ticket.due_at
    yield ticket.created_at


@require_http_methods(["GET", "POST"])
def company_ticket(request: FirmRequest, account_id: int, ticket_id: int) -> HttpResponse:
    account = get_company(request, account_id)
    ticket, replies = get_ticket(account, ticket_id)
    form = ReplyForm(initial={"key": uuid4()})
    if request.method == "POST":
        form = ReplyForm(request.POST)
        if form.is_valid():
            try:
                answer_as_owner(ticket, by=request.user, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"{ticket.firm.name} has your reply.")
                return redirect("clients:company-ticket", account.pk, ticket.pk)
    context = {
        "account": account,
        "ticket": ticket,
        "replies": replies,
        "form": form,
        "is_connected": ticket.connection.status in CONNECTED,
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/company_ticket.html", context, status=status)


@require_http_methods(["GET", "POST"])
def company_contact(request: FirmRequest, account_id: int, connection_id: int) -> HttpResponse:
    """Contact Me: a message to the firm, which answers under it."""
    account = get_company(request, account_id)
    firm = get_firm(account, connection_id)
    form = ContactForm(request.POST if request.method == "POST" else None, initial={"key": uuid4()})
    if form.is_valid():
        try:
            ticket = write_to_firm(
                Connection(pk=connection_id), by=request.user, **form.cleaned_data
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, f"{firm.firm_name} has your message.")
            return redirect("clients:company-ticket", account.pk, ticket.pk)
    context = {"account": account, "firm": firm, "form": form}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/company_contact.html", context, status=status)


def get_ticket(account: ClientAccount, ticket_id: int) -> tuple[Ticket, list[TicketReply]]:
    """One of the account's; 404 otherwise."""
    with tenancy.as_system():
        ticket: Ticket | None = tickets_of(account).filter(pk=ticket_id).first()
        if ticket is None:
            raise Http404("No such ticket.")
        return ticket, list(ticket.replies.select_related("author"))
