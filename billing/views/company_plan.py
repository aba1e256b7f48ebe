"""Plan and payment of a client's own account, for its owner (F-219).

`?next=` leads back to where the owner came from, once both are there: the last step of sign-up.
"""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from billing.actions.subscriptions import (
    choose_plan,
    keep_account_method,
    page_for_account,
    why_not_own,
)
from billing.forms.subscriptions import PlanForm
from billing.models import AccountSubscription, Charge, PaymentMethod
from billing.models.plans import currencies_of_plans
from billing.models.promotions import offers_to
from clients.models import ClientAccount
from clients.views.company import get_company
from practice.errors import Refused
from practice.forms.branches import currency_of
from practice.http import FirmRequest, render_page

PAYMENTS_SHOWN = 12  # of the last year


@require_http_methods(["GET", "POST"])
def company_plan(request: FirmRequest, account_id: int) -> HttpResponse:
    account = get_company(request, account_id)
    subscription = AccountSubscription.objects.of(account.pk)
    method = PaymentMethod.objects.of_account(account.pk)
    known = currencies_of_plans()
    currency = currency_for(request, account, subscription, method, known)
    form = PlanForm(
        request.POST if request.method == "POST" else None,
        currency=currency,
        initial={"plan": subscription.plan.code if subscription else None},
    )
    if form.is_valid() and chosen(request, account, form, currency):
        return redirect(after(request, account))
    context = {
        "account": account,
        "subscription": subscription,
        "method": method,
        "form": form,
        "currency": currency,
        "currencies": [] if subscription or method else known,
        "why_not": why_not_own(account),
        "charges": Charge.objects.filter(account=account)[:PAYMENTS_SHOWN],
        "offers": offers_to(account),
        "next": next_of(request),
        "back": back(request),
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "billing/company_plan.html", context, status=status)


@require_http_methods(["GET", "POST"])
def company_method_add(request: FirmRequest, account_id: int) -> HttpResponse:
    """Says where the card is entered, then goes there."""
    account = get_company(request, account_id)
    if request.method == "POST":
        try:
            return redirect(page_for_account(account, by=request.user, back=back(request)))
        except Refused as refusal:
            messages.error(request, str(refusal))
            return redirect(plan_url(request, account))
    context = {
        "account": account,
        "subscription": AccountSubscription.objects.of(account.pk),
        "method": PaymentMethod.objects.of_account(account.pk),
        "back": back(request),
    }
    return render_page(request, "billing/company_method_add.html", context)


@require_GET
def company_method_return(request: FirmRequest, account_id: int) -> HttpResponse:
    """Back from the provider; it says what was entered, the address does not."""
    account = get_company(request, account_id)
    try:
        method = keep_account_method(account, request.GET.get("session", ""), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(plan_url(request, account))
    messages.success(request, f"You pay by {method} from now on.")
    return redirect(after(request, account))


def chosen(request: FirmRequest, account: ClientAccount, form: PlanForm, currency: str) -> bool:
    plan = form.cleaned_data["plan"]
    try:
        choose_plan(account, plan, currency, by=request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"The plan of {account.name} is {plan}.")
    return True


def currency_for(
    request: FirmRequest,
    account: ClientAccount,
    subscription: AccountSubscription | None,
    method: PaymentMethod | None,
    known: list[str],
) -> str:
    """The method's, the subscription's; before there is either, the one asked for or the
    country's."""
    if method or subscription:
        return (method or subscription).currency  # type: ignore[union-attr]
    asked: Any = [request.GET.get("currency"), currency_of(account.country or "GB"), *known]
    return next((code for code in asked if code in known), "GBP")


def next_of(request: FirmRequest) -> str:
    """Where to go on, if it is a path of ours."""
    url = request.GET.get("next", "")
    is_ours = url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_ours else ""


def back(request: FirmRequest) -> str:
    """The query that keeps the way back."""
    url = next_of(request)
    return f"?{urlencode({'next': url})}" if url else ""


def plan_url(request: FirmRequest, account: ClientAccount) -> str:
    return reverse("billing:company-plan", kwargs={"account_id": account.pk}) + back(request)


def after(request: FirmRequest, account: ClientAccount) -> str:
    """Where the owner came from once plan and method are there; until then, this page."""
    subscription = AccountSubscription.objects.of(account.pk)
    is_complete = subscription is not None and subscription.has_begun
    return next_of(request) if is_complete and next_of(request) else plan_url(request, account)
