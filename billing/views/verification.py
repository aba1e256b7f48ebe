"""Billing verification of a branch: asking for it, and what was answered (F-117, F-117a)."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from billing.actions.verification import request_verification
from billing.forms.verification import VerificationForm
from billing.gateways.builtin import signed
from billing.http import get_branch
from billing.models import BillingVerification
from billing.roles import VerificationStatus
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require
from practice.models import Branch
from practice.permissions import MANAGE_BILLING, VIEW_BILLING


@require_http_methods(["GET", "POST"])
def verification(request: FirmRequest, branch_id: int) -> HttpResponse:
    branch = get_branch(request, branch_id)
    require(request.user, VIEW_BILLING, branch)
    form = VerificationForm(request.POST if request.method == "POST" else None)
    if form.is_bound:
        require(request.user, MANAGE_BILLING, branch)
    if form.is_valid():
        ask(request, branch, form)
        return redirect("billing:verification", request.firm.slug, branch.pk)
    rows = list(BillingVerification.objects.filter(branch=branch).select_related("requested_by"))
    newest = rows[0] if rows else None
    context = {
        "branch": branch,
        "form": form,
        "rows": rows,
        "newest": newest,
        "is_open": newest is not None and newest.status != VerificationStatus.REFUSED,
        "desk": desk_of(newest),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "billing/verification.html", context, status=status)


def ask(request: FirmRequest, branch: Branch, form: VerificationForm) -> None:
    try:
        request_verification(branch, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Billing verification is requested. It takes 3–5 days.")


def desk_of(row: BillingVerification | None) -> str:
    """The signed name of the test gateway's page that answers; "" where there is none."""
    if row is None or row.status != VerificationStatus.PENDING or not settings.TEST_GATEWAY:
        return ""
    return signed({"verification": row.pk, "branch": row.branch_id})
