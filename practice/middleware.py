"""What surrounds every request: privacy of responses, facts for the audit, and the tenant."""

import uuid
from collections.abc import Callable
from datetime import UTC, tzinfo
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from csp.constants import UNSAFE_EVAL, UNSAFE_INLINE
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils import timezone
from django_structlog.middlewares import RequestMiddleware

from practice import tenancy
from practice.actions.health import check_health, is_working
from practice.history import Facts, request_facts
from practice.http import DESTINATION, keep_destination
from practice.models import Firm
from practice.models.arrivals import arrive
from practice.permissions import Standing
from practice.tenancy import Context, Realm

GetResponse = Callable[[HttpRequest], HttpResponse]
NO_PLACE = "You are on no branch of this firm. Its Super Admin can add you to one."


class Health:
    """Answers /healthz before anything that needs a working database (F-231)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != "/healthz":
            return self.get_response(request)
        parts = check_health()
        works = is_working(parts)
        answer = {"status": "ok" if works else "failing", "parts": parts}
        return JsonResponse(
            answer, status=200 if works else 503, headers={"Cache-Control": "no-store"}
        )


class PrivateResponses:
    """No page of anybody's data is kept by a browser or a proxy; fragments vary by htmx."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        vary = [part.strip() for part in response.get("Vary", "").split(",") if part.strip()]
        if "HX-Request" not in vary:
            response["Vary"] = ", ".join([*vary, "HX-Request"])
        return response


class OperatorPages:
    """Django admin draws with scripts and styles that our policy forbids: there alone, it may."""

    POLICY = {"script-src": [UNSAFE_EVAL], "style-src": [UNSAFE_INLINE]}

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.resolver_match and request.resolver_match.app_name == "admin":
            response._csp_update = self.POLICY  # type: ignore[attr-defined]
        return response


class LocalTime:
    """Dates are shown in the zone that the person chose in their profile."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_of(request)):
            return self.get_response(request)


def zone_of(request: HttpRequest) -> tzinfo:
    if not request.user.is_authenticated:
        return UTC
    try:
        return ZoneInfo(request.user.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


class SignInAgain:
    """A fragment asked for after the session ended: the whole page goes to sign-in, and back."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        login = resolve_url(settings.LOGIN_URL)
        is_sent_away = response.status_code == 302 and response["Location"].startswith(login)
        if not (is_sent_away and "HX-Request" in request.headers):
            return response
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        back = urlencode({"next": f"{page.path}?{page.query}" if page.query else page.path})
        return HttpResponse(status=204, headers={"HX-Redirect": f"{login}?{back}"})


class RequestLog(RequestMiddleware):
    """One line per request, without its query string: searches name people."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"


class RequestFacts:
    """Who asked, from where: written beside each change that the request makes."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = str(uuid.uuid4())
        token = request_facts.set(Facts(request_id, address_of(request)))
        try:
            response = self.get_response(request)
        finally:
            request_facts.reset(token)
        response["X-Request-ID"] = request_id
        return response


def address_of(request: HttpRequest) -> str:
    """Where the request came from, behind as many proxies as this installation trusts; or ""."""
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    trusted = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    address = request.META.get("REMOTE_ADDR", "")
    if 0 < trusted <= len(hops):
        address = hops[-trusted]
    try:
        return str(ip_address(address))
    except ValueError:
        return ""


class Tenancy:
    """Opens the request's transaction and says whose rows exist in it.

    `/<firm_slug>/…` enters that firm, if the person works there; `/admin/` is the operators';
    every other page sees no firm's rows. An exception undoes all that the request wrote.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with tenancy.enter(tenancy.NOBODY):
            response = self.get_response(request)
            if getattr(request, "went_wrong", False) or response.status_code >= 500:
                transaction.set_rollback(True)
        return response

    def process_view(
        self, request: HttpRequest, view: object, _args: object, kwargs: dict[str, object]
    ) -> HttpResponse | None:
        slug = kwargs.pop("firm_slug", None)
        context = context_of(request)
        if slug is not None and request.user.is_authenticated:
            standing = enter_firm(request, str(slug))
            if not getattr(view, "is_personal", False):
                return turned_away(request, standing)
        elif context != tenancy.NOBODY:
            tenancy.switch(context)
        return None

    def process_exception(self, request: HttpRequest, _exception: Exception) -> None:
        request.went_wrong = True  # type: ignore[attr-defined]


def context_of(request: HttpRequest) -> Context:
    """Before the view is known: the operators' realm, or the person alone."""
    user = request.user
    if not user.is_authenticated:
        return tenancy.NOBODY
    if request.path_info.startswith("/admin/") and user.is_staff and user.is_active:
        return Context(Realm.OPERATOR, user_id=user.pk)
    return Context(user_id=user.pk)


def turned_away(request: HttpRequest, standing: Standing) -> HttpResponse | None:
    """Who must set up a second factor goes there first (F-022a); who is on no branch stays out."""
    if standing.must_enrol:
        url = reverse("mfa_index")
        keep_destination(request, home_of(request))
        if "HX-Request" in request.headers:
            return HttpResponse(status=204, headers={"HX-Redirect": url})
        return redirect(url)
    forget_destination(request)
    if standing.has_no_place:
        raise PermissionDenied(NO_PLACE)
    return None


def forget_destination(request: HttpRequest) -> None:
    """Who has arrived at the firm is not sent there again."""
    url = request.session.get(DESTINATION)
    if url and url.startswith(home_of(request)):
        del request.session[DESTINATION]


def home_of(request: HttpRequest) -> str:
    firm: Firm = request.firm  # type: ignore[attr-defined]
    return reverse("practice:dashboard", kwargs={"firm_slug": firm.slug})


def enter_firm(request: HttpRequest, slug: str) -> Standing:
    """Set `request.firm`, `request.standing`; 404 for a firm in which one does not work."""
    user = request.user
    arrival = arrive(user.pk, slug) if user.is_active and user.pk else None
    if arrival is None:
        raise Http404("No such page.")
    member, standing = arrival.member, arrival.standing
    user.known_standings = {member.firm_id: standing}  # type: ignore[union-attr]
    request.firm, request.member, request.standing = member.firm, member, standing  # type: ignore[attr-defined]
    request.first_branches = arrival.branches  # type: ignore[attr-defined]
    request.waiting = arrival.waiting  # type: ignore[attr-defined]
    request.alerts = arrival.alerts  # type: ignore[attr-defined]
    return standing
