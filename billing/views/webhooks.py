"""Where payment providers call. Nobody is signed in: the signature is what is believed."""

import logging

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from billing.actions.events import receive_event
from billing.gateways.base import Forged, Unreachable
from practice.errors import Refused

logger = logging.getLogger(__name__)
LARGEST = 512 * 1024


@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest, gateway: str) -> HttpResponse:
    """204 when it was heard; 400 when it is not the provider's; 503 asks to be called again."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        return HttpResponse(status=413)
    try:
        receive_event(gateway, request.body, request.headers)
    except Refused as unknown:
        raise Http404("No such provider.") from unknown
    except Forged:
        return HttpResponse(status=400)
    except Unreachable:
        logger.warning("the truth behind a webhook of %s is out of reach", gateway)
        return HttpResponse(status=503)
    return HttpResponse(status=204)
