"""Partner Program > Referral Links (F-119)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from invitations.actions.referrals import create_referral_link, switch_referral_link
from invitations.forms.referrals import ReferralLinkForm
from invitations.models import ReferralLink
from invitations.models.links import ReferralUrl
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require, stream
from practice.paging import Order, paginate
from practice.permissions import MANAGE_ORGANISATION
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.views.settings import settings_tabs

LATEST_FIRST = Order(("created_at", "id"), is_descending=True)
HEADER = (
    "Name", "Link", "On", "Sign-ups", "Confirmed", "Created by", "Created (UTC)",
)  # fmt: skip


@require_GET
def referral_list(request: FirmRequest) -> HttpResponse:
    require(request.user, MANAGE_ORGANISATION, request.firm)
    page = paginate(links_of(request), LATEST_FIRST, request.GET)
    context = {"page": page, "tabs": settings_tabs(request)}
    return render_page(request, "invitations/referral_list.html", context)


@require_GET
def referral_export(request: FirmRequest) -> StreamingHttpResponse:
    require(request.user, MANAGE_ORGANISATION, request.firm)
    rows = links_of(request).order_by(*LATEST_FIRST.columns())

    def lines() -> Iterable[str]:
        return csv_rows(HEADER, map(cells, rows.iterator(chunk_size=1000)))

    return stream(request, lines, content_type=CSV_TYPE, filename="referral-links.csv")


@require_http_methods(["GET", "POST"])
def referral_add(request: FirmRequest) -> HttpResponse:
    """Create Link; then it stands on its page, to be copied."""
    require(request.user, MANAGE_ORGANISATION, request.firm)
    form = ReferralLinkForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            link = create_referral_link(request.firm, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("name", str(refusal))
        else:
            messages.success(request, f"The link {link.name} is created.")
            return redirect("invitations:referral-detail", request.firm.slug, link.pk)
    context = {"form": form, "tabs": settings_tabs(request)}
    status = 422 if form.is_bound else 200
    return render_page(request, "invitations/referral_add.html", context, status=status)


@require_GET
def referral_detail(request: FirmRequest, referral_id: int) -> HttpResponse:
    link = get_link(request, referral_id)
    context = {
        "link": link,
        "url": ReferralUrl.of(link.pk).url,
        "tabs": settings_tabs(request),
    }
    return render_page(request, "invitations/referral_detail.html", context)


@require_POST
def referral_switch(request: FirmRequest, referral_id: int) -> HttpResponse:
    """On or off, which can be taken back at any time."""
    link = get_link(request, referral_id)
    is_on = request.POST.get("on") == "1"
    try:
        switch_referral_link(link, by=request.user, is_on=is_on)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The link {link.name} is {'on' if is_on else 'off'}.")
    return redirect("invitations:referral-detail", request.firm.slug, link.pk)


def links_of(request: FirmRequest) -> Any:
    rows = ReferralLink.objects.for_firm(request.firm).with_counts()
    return rows.select_related("created_by")


def get_link(request: FirmRequest, referral_id: int) -> Any:
    """404 for another firm's; 403 for whoever does not manage the organisation."""
    link = links_of(request).filter(pk=referral_id).first()
    if link is None:
        raise Http404("No such link.")
    require(request.user, MANAGE_ORGANISATION, request.firm)
    return link


def cells(link: Any) -> Iterator[object]:
    yield link.name
    yield ReferralUrl.of(link.pk).url
    yield "yes" if link.is_on else "no"
    yield link.sign_ups
    yield link.proved
    yield str(link.created_by)
    yield link.created_at
