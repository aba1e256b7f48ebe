"""Public pages of a handover: the client's consent, the successor's download, the check (F-244).

Looking changes nothing: mail scanners open links too.
"""

from collections.abc import Callable
from typing import Any

from allauth.core.ratelimit import consume_or_429
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from clients.actions.handover import (
    check_upload,
    decline_consent,
    find_pack,
    give_consent,
    public_key,
    take_pack,
    why_no_consent,
    why_no_download,
)
from clients.forms.handover import ConsentForm, DeclineForm, VerifyForm
from clients.models import HandoverPack
from clients.models.handover import LINK_LASTS
from clients.models.handover_links import PackLink, Purpose
from clients.views.handover import ZIP_TYPE
from practice.errors import Refused

INCOMPLETE = "This link is not complete. Open it from the mail, or copy the whole of it."
THANKS = "Thank you. {} gets a link that works for {} days."
DECLINED = "You have declined. Nothing goes to {}, and the firm is told."


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def handover_consent(request: HttpRequest, consent: str) -> HttpResponse:
    """What would go to whom; the client's name and a tick are the consent."""

    def thanks(pack: HandoverPack) -> str:
        return THANKS.format(pack.successor_name, LINK_LASTS.days)

    page = "clients/handover_consent.html"
    return answer(request, consent, ConsentForm, give_consent, page, thanks)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def handover_decline(request: HttpRequest, consent: str) -> HttpResponse:
    """The client's no, by name."""

    def thanks(pack: HandoverPack) -> str:
        return DECLINED.format(pack.successor_name)

    page = "clients/handover_decline.html"
    return answer(request, consent, DeclineForm, decline_consent, page, thanks)


def answer(
    request: HttpRequest,
    consent: str,
    form_class: type[ConsentForm | DeclineForm],
    act: Callable[..., HandoverPack],
    template: str,
    thanks: Callable[[HandoverPack], str],
) -> HttpResponse:
    """The question while it can be answered; the answer, once."""
    link = PackLink.read(consent, Purpose.CONSENT)
    pack = find_pack(link) if link else None
    if link is None or pack is None:
        return closed(request, INCOMPLETE, status=404)
    if says := why_no_consent(pack, link):
        return closed(request, says, pack)
    form = form_class(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            pack = act(pack, link, name=form.cleaned_data["name"])
        except Refused as refusal:
            return closed(request, str(refusal), pack)
        return closed(request, thanks(pack), pack, status=200)
    context = {"pack": pack, "link": link, "form": form, "days": LINK_LASTS.days}
    status = 422 if form.is_bound else 200
    return render(request, template, context, status=status)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def successor(request: HttpRequest, pack: str) -> HttpResponseBase:
    """One file, until the link expires; a button, so that nobody downloads by looking."""
    link = PackLink.read(pack, Purpose.DOWNLOAD)
    found = find_pack(link) if link else None
    if link is None or found is None:
        return closed(request, INCOMPLETE, status=404)
    if says := why_no_download(found, link):
        return closed(request, says, found)
    if request.method != "POST":
        return render(request, "clients/successor.html", {"pack": found, "link": link})
    try:
        file = take_pack(found, link)
    except Refused as refusal:
        return closed(request, str(refusal), found)
    return FileResponse(file, as_attachment=True, filename=found.filename, content_type=ZIP_TYPE)


def closed(
    request: HttpRequest, says: str, pack: HandoverPack | None = None, *, status: int = 410
) -> HttpResponse:
    """Why nothing can be done here; of the firm its name."""
    context = {"says": says, "firm_name": pack.firm.name if pack else ""}
    return render(request, "clients/handover_closed.html", context, status=status)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def handover_verify(request: HttpRequest) -> HttpResponse:
    """Is this pack as it was made, and if not, what differs? Nothing of it is kept."""
    is_sent = request.method == "POST"
    too_often: HttpResponse | None = consume_or_429(request, action="handover_verify")
    if is_sent and too_often:
        return too_often
    form = VerifyForm(request.POST, request.FILES) if is_sent else VerifyForm()
    context: dict[str, Any] = {"form": form, "public_key": public_key()}
    if form.is_valid():
        try:
            context["checked"] = check_upload(form.cleaned_data["file"].file)
        except Refused as refusal:
            form.add_error("file", str(refusal))
    status = 422 if form.is_bound and "checked" not in context else 200
    return render(request, "clients/handover_verify.html", context, status=status)
