"""The log of a webhook: what was sent, what was answered, and sending it again (F-227)."""

from collections.abc import Iterable, Iterator

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from practice import clock
from practice.actions.deliveries import send_again
from practice.errors import Refused
from practice.http import FirmRequest, render_page, stream
from practice.models import Webhook, WebhookDelivery
from practice.models.webhooks import WebhookDeliveryQuerySet
from practice.paging import Order, paginate
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.views.webhooks import managed

NEWEST_FIRST = Order(("id",), is_descending=True)
HEADER = (
    "Event", "Id", "State", "Happened (UTC)", "Tries", "Last try (UTC)", "Answer code",
    "Milliseconds", "Error",
)  # fmt: skip


def log_of(webhook: Webhook) -> WebhookDeliveryQuerySet:
    rows: WebhookDeliveryQuerySet = WebhookDelivery.objects.filter(
        firm_id=webhook.firm_id, webhook=webhook
    )
    return rows


@require_safe
@managed
def webhook_detail(request: FirmRequest, webhook: Webhook) -> HttpResponse:
    page = paginate(log_of(webhook).defer("body", "answer"), NEWEST_FIRST, request.GET)
    is_overlapping = len(webhook.secrets(clock.now())) > 1
    context = {"webhook": webhook, "page": page, "is_overlapping": is_overlapping}
    return render_page(request, "practice/webhook_detail.html", context)


@require_safe
@managed
def webhook_log_export(request: FirmRequest, webhook: Webhook) -> StreamingHttpResponse:
    rows = log_of(webhook).defer("body", "answer").order_by(*NEWEST_FIRST.columns())

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, rows.iterator(chunk_size=1000)))

    return stream(request, lines, content_type=CSV_TYPE, filename="webhook-log.csv")


@require_safe
@managed
def webhook_delivery(request: FirmRequest, webhook: Webhook, delivery_id: int) -> HttpResponse:
    delivery = get_object_or_404(log_of(webhook), pk=delivery_id)
    context = {"webhook": webhook, "delivery": delivery}
    return render_page(request, "practice/webhook_delivery.html", context)


@require_POST
@managed
def webhook_resend(request: FirmRequest, webhook: Webhook, delivery_id: int) -> HttpResponse:
    delivery = get_object_or_404(log_of(webhook), pk=delivery_id)
    try:
        send_again(delivery)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "It is sent again, under the same id.")
    return redirect("practice:webhook-delivery", request.firm.slug, webhook.pk, delivery.pk)


def cells(row: WebhookDelivery) -> Iterator[object]:
    yield row.kind
    yield row.event_id
    yield row.get_state_display()
    yield row.created_at
    yield row.attempts
    yield row.tried_at
    yield row.answer_code
    yield row.milliseconds
    yield row.error
