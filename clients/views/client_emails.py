"""Email history: everything that was written about a client through the portal (F-090)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models.functions import Left
from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_GET

from clients.http import get_connection
from clients.models import ClientMessage, Connection, Contact
from clients.views.client_detail import workspace
from practice.emails import for_colleagues
from practice.http import FirmRequest, render_page, stream
from practice.paging import numbered
from practice.spreadsheets import CSV_TYPE, csv_rows

HEADER = (
    "Written (UTC)",
    "Contact",
    "To",
    "Channel",
    "Subject",
    "State",
    "Sent (UTC)",
    "Written by",
)
OPENING = 70  # characters of a text message in the list


@require_GET
def client_emails(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    every = entries_of(connection)
    rows, recipient = narrowed(every, request)
    opening = Left("message__body", OPENING)
    context = {
        **workspace(request, connection, "emails"),
        "page": numbered(rows.defer("message__body").annotate(opening=opening), request.GET),
        "contacts": Contact.objects.filter(pk__in=every.order_by().values("contact_id")),
        "recipient": recipient,
        "kept": [pair for pair in request.GET.items() if pair[0] not in {"recipient", "page"}],
    }
    return render_page(request, "clients/client_emails.html", context)


def entries_of(connection: Connection) -> Any:
    rows = ClientMessage.objects.filter(connection=connection)
    return rows.select_related("message", "contact", "written_by")


def narrowed(rows: Any, request: FirmRequest) -> tuple[Any, int | None]:
    """By the contact in the address; what is no number narrows nothing."""
    asked = request.GET.get("recipient", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return rows, None
    return rows.filter(contact_id=int(asked)), int(asked)


@require_GET
def client_emails_export(request: FirmRequest, connection_id: int) -> HttpResponseBase:
    connection = get_connection(request, connection_id)
    rows, _ = narrowed(entries_of(connection), request)

    def lines() -> Iterable[str]:
        every = rows.defer("message__body").iterator(chunk_size=500)
        return csv_rows(HEADER, map(cells, every))

    name = f"email-history-{connection.pk}.csv"
    return stream(request, lines, content_type=CSV_TYPE, filename=name)


def cells(entry: ClientMessage) -> Iterator[object]:
    message = entry.message
    yield entry.created_at
    yield entry.contact or ""
    yield message.recipient
    yield message.get_channel_display()
    yield message.subject
    yield message.get_state_display()
    yield message.sent_at
    yield entry.written_by or ""


@require_GET
def client_email(request: FirmRequest, connection_id: int, item_id: int) -> HttpResponse:
    """The text, without links by which the recipient alone answers."""
    connection = get_connection(request, connection_id)
    entry = entries_of(connection).filter(pk=item_id).first()
    if entry is None:
        raise Http404("No such message.")
    context = {
        "connection": connection,
        "entry": entry,
        "message": entry.message,
        "body": for_colleagues(entry.message.body),
    }
    return render_page(request, "clients/client_email.html", context)


def emails_url(request: FirmRequest, connection: Connection) -> str:
    kwargs = {"firm_slug": request.firm.slug, "connection_id": connection.pk}
    return reverse("clients:client-emails", kwargs=kwargs)
