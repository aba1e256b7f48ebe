"""Light, dark, or as the system says. A cookie, so that it works before anybody signs in."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from practice.forms.appearance import THEME_COOKIE, AppearanceForm

YEAR = 60 * 60 * 24 * 365


@login_not_required
@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    form = AppearanceForm(request.POST)
    if not form.is_valid():
        return HttpResponseBadRequest("There is no such theme.")
    response = redirect(way_back(request))
    response.set_cookie(
        THEME_COOKIE,
        form.cleaned_data["theme"],
        YEAR,
        httponly=True,
        samesite="Lax",
        secure=settings.PRODUCTION,
    )
    return response


def way_back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"
