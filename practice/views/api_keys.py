"""Practice Settings > API keys: created, listed, revoked (F-226)."""

from collections.abc import Iterable, Iterator

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from practice.actions.api_keys import create_api_key, revoke_api_key
from practice.errors import Refused
from practice.forms.api_keys import ApiKeyForm, ApiKeyRevokeForm
from practice.http import FirmRequest, render_page, require, stream
from practice.models import ApiKey
from practice.paging import Order, paginate
from practice.permissions import MANAGE_SECURITY
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.views.settings import settings_tabs

LATEST_FIRST = Order(("created_at", "id"), is_descending=True)
HEADER = (
    "Name", "Begins with", "May", "Created by", "Created (UTC)", "Last used (UTC)", "Revoked (UTC)",
)  # fmt: skip


@require_safe
def api_key_list(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_SECURITY, request.firm)
    page = paginate(keys_of(request), LATEST_FIRST, request.GET)
    context = {"page": page, "tabs": settings_tabs(request), "site_url": settings.SITE_URL}
    return render_page(request, "practice/api_key_list.html", context)


@require_safe
def api_key_export(request: FirmRequest) -> StreamingHttpResponse:
    require(request.user, MANAGE_SECURITY, request.firm)
    rows = keys_of(request).order_by(*LATEST_FIRST.columns())

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, rows.iterator(chunk_size=500)))

    return stream(request, lines, content_type=CSV_TYPE, filename="api-keys.csv")


@require_http_methods(["GET", "HEAD", "POST"])
def api_key_add(request: FirmRequest) -> HttpResponse:
    """The answer to the form is the one page that shows the secret; it is not redirected to."""
    require(request.user, MANAGE_SECURITY, request.firm)
    form = ApiKeyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            key, secret = create_api_key(request.firm, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            context = {"key": key, "secret": secret}
            return render_page(request, "practice/api_key_created.html", context)
    status = 422 if form.is_bound else 200
    context = {"form": form, "tabs": settings_tabs(request)}
    return render_page(request, "practice/api_key_add.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def api_key_revoke(request: FirmRequest, api_key_id: int) -> HttpResponse:
    """There is no way back, so it asks."""
    require(request.user, MANAGE_SECURITY, request.firm)
    key = get_object_or_404(keys_of(request), pk=api_key_id)
    form = ApiKeyRevokeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            revoke_api_key(key, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"The key {key} is revoked.")
        return redirect("practice:api-key-list", firm_slug=request.firm.slug)
    status = 422 if form.is_bound else 200
    context = {"form": form, "key": key}
    return render_page(request, "practice/api_key_revoke.html", context, status=status)


def keys_of(request: FirmRequest) -> QuerySet[ApiKey]:
    return ApiKey.objects.for_firm(request.firm).select_related("created_by")


def cells(key: ApiKey) -> Iterator[object]:
    yield key.name
    yield key.hint
    yield ", ".join(key.scopes)
    yield str(key.created_by)
    yield key.created_at
    yield key.last_used_at
    yield key.revoked_at
