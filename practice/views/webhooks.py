"""Practice Settings > Webhooks: the addresses that hear of events (F-227)."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from practice.actions.webhooks import (
    add_webhook,
    change_webhook,
    remove_webhook,
    rotate_secret,
    send_test,
    switch_webhook_off,
    switch_webhook_on,
)
from practice.errors import Refused
from practice.forms.webhooks import OnceForm, WebhookAddForm, WebhookForm, WebhookRemoveForm
from practice.gateways import own_receivers
from practice.http import FirmRequest, render_page, require, stream
from practice.models import Webhook
from practice.paging import Order, paginate
from practice.permissions import MANAGE_SECURITY
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.views.settings import settings_tabs

LATEST_FIRST = Order(("created_at", "id"), is_descending=True)
HEADER = ("Name", "Address", "Events", "State", "Added by", "Added (UTC)", "Switched off (UTC)")


def managed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page for those who manage security, with the webhook that it names, if it names one."""

    @wraps(view)
    def within(
        request: FirmRequest, webhook_id: int | None = None, **words: Any
    ) -> HttpResponseBase:
        require(request.user, MANAGE_SECURITY, request.firm)
        if webhook_id is None:
            return view(request, **words)
        return view(request, get_object_or_404(webhooks_of(request), pk=webhook_id), **words)

    return within


def webhooks_of(request: FirmRequest) -> QuerySet[Webhook]:
    return Webhook.objects.for_firm(request.firm).kept().select_related("created_by")


def to_detail(request: FirmRequest, webhook: Webhook) -> HttpResponse:
    return redirect("practice:webhook-detail", request.firm.slug, webhook.pk)


@require_safe
@managed
def webhook_list(request: FirmRequest) -> HttpResponse:
    page = paginate(webhooks_of(request), LATEST_FIRST, request.GET)
    context = {"page": page, "tabs": settings_tabs(request)}
    return render_page(request, "practice/webhook_list.html", context)


@require_safe
@managed
def webhook_export(request: FirmRequest) -> StreamingHttpResponse:
    rows = webhooks_of(request).order_by(*LATEST_FIRST.columns())

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, rows.iterator(chunk_size=500)))

    return stream(request, lines, content_type=CSV_TYPE, filename="webhooks.csv")


@require_http_methods(["GET", "HEAD", "POST"])
@managed
def webhook_add(request: FirmRequest) -> HttpResponse:
    """The answer to the form is the one page that shows the secret; it is not redirected to."""
    form = WebhookAddForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            webhook, secret = add_webhook(request.firm, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            return shown(request, webhook, secret)
    status = 422 if form.is_bound else 200
    context = {"form": form, "receivers": own_receivers()}
    return render_page(request, "practice/webhook_add.html", context, status=status)


def shown(request: FirmRequest, webhook: Webhook, secret: str) -> HttpResponse:
    context = {"webhook": webhook, "secret": secret}
    return render_page(request, "practice/webhook_secret.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@managed
def webhook_edit(request: FirmRequest, webhook: Webhook) -> HttpResponse:
    facts = {"name": webhook.name, "url": webhook.url, "kinds": webhook.kinds}
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=facts)
    if form.is_valid():
        try:
            change_webhook(webhook, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The webhook is saved.")
            return to_detail(request, webhook)
    status = 422 if form.is_bound else 200
    context = {"form": form, "webhook": webhook}
    return render_page(request, "practice/webhook_edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@managed
def webhook_rotate(request: FirmRequest, webhook: Webhook) -> HttpResponse:
    form = OnceForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            webhook, secret = rotate_secret(webhook, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return to_detail(request, webhook)
        return shown(request, webhook, secret)
    context = {"form": form, "webhook": webhook}
    return render_page(request, "practice/webhook_rotate.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@managed
def webhook_remove(request: FirmRequest, webhook: Webhook) -> HttpResponse:
    """There is no way back, so it asks."""
    form = WebhookRemoveForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            remove_webhook(webhook, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"The webhook {webhook} is removed.")
        return redirect("practice:webhook-list", request.firm.slug)
    status = 422 if form.is_bound else 200
    context = {"form": form, "webhook": webhook}
    return render_page(request, "practice/webhook_remove.html", context, status=status)


@require_POST
@managed
def webhook_on(request: FirmRequest, webhook: Webhook) -> HttpResponse:
    return done(request, webhook, switch_webhook_on, "The webhook is switched on.")


@require_POST
@managed
def webhook_off(request: FirmRequest, webhook: Webhook) -> HttpResponse:
    return done(request, webhook, switch_webhook_off, "The webhook is switched off.")


@require_POST
@managed
def webhook_test(request: FirmRequest, webhook: Webhook) -> HttpResponse:
    says = "A test is on its way. Its answer stands in the log in a moment."
    return done(request, webhook, send_test, says)


def done(
    request: FirmRequest, webhook: Webhook, action: Callable[..., object], says: str
) -> HttpResponse:
    try:
        action(webhook, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, says)
    return to_detail(request, webhook)


def cells(webhook: Webhook) -> Iterator[object]:
    yield webhook.name
    yield webhook.url
    yield ", ".join(webhook.kinds)
    yield webhook.state
    yield str(webhook.created_by)
    yield webhook.created_at
    yield webhook.switched_off_at
