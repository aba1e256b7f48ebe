"""The test gateway's own pages: where a card is chosen, and where a branch is verified.

They stand for another company's site, so they show no firm's rows and know what was signed alone.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from billing.actions.verification import decide_verification
from billing.forms.builtin import BuiltinCardForm
from billing.forms.verification import AnswerForm
from billing.gateways.base import NotFound
from billing.gateways.builtin import choose, opened
from billing.models import BillingVerification
from billing.roles import VerificationStatus
from practice.errors import Refused
from practice.http import render_page
from practice.tenancy import as_system


@require_http_methods(["GET", "POST"])
def builtin_card(request: HttpRequest, session: str) -> HttpResponse:
    facts = facts_of(session, "return_path")
    form = BuiltinCardForm(
        request.POST if request.method == "POST" else None, initial={"currency": facts["currency"]}
    )
    if form.is_valid():
        return HttpResponseRedirect(choose(facts, **form.cleaned_data))
    context = {"form": form, "facts": facts}
    status = 422 if form.is_bound else 200
    return render_page(request, "billing/builtin_card.html", context, status=status)


@require_http_methods(["GET", "POST"])
def builtin_verification(request: HttpRequest, session: str) -> HttpResponse:
    facts = facts_of(session, "verification")
    with as_system():
        rows = BillingVerification.objects.select_related("branch__firm")
        row = rows.filter(pk=facts["verification"]).first()
    if row is None:
        raise Http404("No such request.")
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        answer(request, row, form)
        return redirect("billing:verification", row.branch.firm.slug, row.branch_id)
    context = {"form": form, "verification": row}
    status = 422 if form.is_bound else 200
    return render_page(request, "billing/builtin_verification.html", context, status=status)


def answer(request: HttpRequest, row: BillingVerification, form: AnswerForm) -> None:
    status = VerificationStatus(form.cleaned_data["status"])
    try:
        decide_verification(row, status, answer=form.cleaned_data["answer"])
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The test gateway answered: {status.label}.")


def facts_of(session: str, needed: str) -> dict[str, Any]:
    """What the address was signed with; 404 for another page's, an old one, or without gateway."""
    try:
        facts = opened(session) if settings.TEST_GATEWAY else {}
    except NotFound:
        facts = {}
    if needed not in facts:
        raise Http404("No such page.")
    return facts
