"""A promotion that an accountant offered: the owner applies or declines it (F-137a)."""

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from billing.actions.promotions import apply_offer, decline_offer
from billing.models import PromotionOffer
from billing.views.company_plan import plan_url
from clients.views.company import get_company
from practice import tenancy
from practice.errors import Refused
from practice.http import FirmRequest


@require_POST
def company_promotion_apply(request: FirmRequest, account_id: int, offer_id: int) -> HttpResponse:
    says = "The promotion {} is applied to your payments."
    return answered(request, account_id, offer_id, apply_offer, says)


@require_POST
def company_promotion_decline(request: FirmRequest, account_id: int, offer_id: int) -> HttpResponse:
    says = "The promotion {} is declined."
    return answered(request, account_id, offer_id, decline_offer, says)


def answered(
    request: FirmRequest,
    account_id: int,
    offer_id: int,
    act: Callable[..., PromotionOffer],
    says: str,
) -> HttpResponse:
    account = get_company(request, account_id)
    with tenancy.as_system():  # the firm's row is not the owner's own
        if not PromotionOffer.objects.filter(account=account, pk=offer_id).exists():
            raise Http404("No such offer.")
    try:
        offer = act(account, offer_id, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, says.format(offer.promotion))
    return redirect(plan_url(request, account))
