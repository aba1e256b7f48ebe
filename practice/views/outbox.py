"""Activity > Outbox: every mail and text that the system wrote for this firm."""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from practice.actions.outbox import resend_message
from practice.emails import for_colleagues
from practice.errors import Refused
from practice.forms.outbox import OutboxFilterForm
from practice.http import FirmRequest, render_page, require_anywhere, stream
from practice.models import Message
from practice.models.outbox import MessageQuerySet
from practice.paging import Order, paginate
from practice.permissions import RESEND_MESSAGES, VIEW_OUTBOX
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.tenancy import as_system
from practice.views.activity import activity_tabs

NEWEST_FIRST = Order(("created_at", "id"), is_descending=True)
HEADER = ("Written (UTC)", "To", "Channel", "Subject", "State", "Sent (UTC)", "Tries", "Error")


@require_GET
def outbox(request: FirmRequest) -> HttpResponse:
    require_anywhere(request, VIEW_OUTBOX)
    form = OutboxFilterForm(request.GET)
    rows = form.narrow(Message.objects.readable_by(request.standing))
    context = {
        "form": form,
        "page": paginate(rows.defer("body"), NEWEST_FIRST, request.GET),
        "tabs": activity_tabs(request),
        "export_query": request.GET.urlencode(),
        "is_filtered": form.is_filtered,
    }
    status = 200 if form.is_valid() else 422
    return render_page(request, "practice/outbox.html", context, fragment="messages", status=status)


@require_GET
def outbox_export(request: FirmRequest) -> StreamingHttpResponse:
    require_anywhere(request, VIEW_OUTBOX)
    rows = OutboxFilterForm(request.GET).narrow(Message.objects.readable_by(request.standing))

    def lines() -> Iterable[str]:
        ordered = rows.defer("body").order_by(*NEWEST_FIRST.columns())
        return csv_rows(HEADER, map(cells, ordered.iterator(chunk_size=1000)))

    return stream(request, lines, content_type=CSV_TYPE, filename="outbox.csv")


@require_GET
def outbox_message(request: FirmRequest, message_id: int) -> HttpResponse:
    message = get_message(request, message_id)
    context = {"message": message, "body": for_colleagues(message.body)}
    return render_page(request, "practice/outbox_message.html", context)


@require_POST
def outbox_resend(request: FirmRequest, message_id: int) -> HttpResponse:
    message = get_message(request, message_id)
    require_anywhere(request, RESEND_MESSAGES)
    try:
        resend_message(message)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The message to {message.recipient} will be sent again.")
    return redirect("practice:outbox-message", request.firm.slug, message.pk)


@login_not_required
@require_GET
def all_messages(request: HttpRequest) -> HttpResponse:
    """Every message of a development installation, also those of people without a firm."""
    refuse_in_production()
    form = OutboxFilterForm(request.GET)
    with as_system():
        rows = form.narrow(Message.objects.all())
        page = paginate(rows.select_related("firm").defer("body"), NEWEST_FIRST, request.GET)
    context = {"form": form, "page": page, "is_filtered": form.is_filtered}
    return render_page(request, "practice/all_messages.html", context, fragment="messages")


@login_not_required
@require_GET
def any_message(request: HttpRequest, message_id: int) -> HttpResponse:
    refuse_in_production()
    with as_system():
        message = get_object_or_404(Message.objects.select_related("firm"), pk=message_id)
    return render_page(request, "practice/any_message.html", {"message": message})


def refuse_in_production() -> None:
    if settings.PRODUCTION:
        raise Http404("No such page.")


def get_message(request: FirmRequest, message_id: int) -> Message:
    rows: MessageQuerySet = Message.objects.readable_by(request.standing)
    message = get_object_or_404(rows, pk=message_id)
    require_anywhere(request, VIEW_OUTBOX)
    return message


def cells(message: Message) -> Iterator[object]:
    yield message.created_at
    yield message.recipient
    yield message.get_channel_display()
    yield message.subject
    yield message.get_state_display()
    yield message.sent_at
    yield message.attempts
    yield message.error
