"""Receivers that a development installation has of its own, to try webhooks with (F-227)."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from practice import clock
from practice.actions.deliveries import is_signed
from practice.gateways import own_receivers
from practice.models import WebhookDelivery
from practice.tenancy import as_system


@csrf_exempt
@login_not_required
@require_POST
def webhook_receiver(request: HttpRequest, receiver: str) -> HttpResponse:
    """It checks what it is sent; the failing one then fails on purpose."""
    url = own_receivers().get(receiver)
    if url is None:
        raise Http404("No such page.")
    with as_system():
        event_id = request.headers.get("webhook-id", "")[:40]
        rows = WebhookDelivery.objects.filter(event_id=event_id, webhook__url=url)
        delivery = rows.select_related("webhook").first()
    secrets = delivery.webhook.secrets(clock.now()) if delivery else []
    body = request.body.decode("utf-8", "replace")
    if not is_signed(body, request.headers, secrets):
        return HttpResponse("The signature is wrong.", status=400, content_type="text/plain")
    if receiver == "failing":
        return HttpResponse("I fail on purpose.", status=503, content_type="text/plain")
    return HttpResponse("The signature is good.", content_type="text/plain")
