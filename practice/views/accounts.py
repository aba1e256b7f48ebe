"""allauth's pages, which answer 422 to what they cannot accept, and the page of one's security."""

from collections.abc import Callable
from functools import wraps

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from practice.actions.security import end_own_sessions
from practice.http import destination
from practice.models import User
from practice.models.devices import live_sessions
from practice.models.security import LAST_FACTOR, firms_requiring_factor, is_last_factor_needed

View = Callable[..., HttpResponse]
FORMS = ("form", "webauthn_form")


def checked(view: View) -> View:
    """Say 422 where allauth shows its form again with 200."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        context = getattr(response, "context_data", None) or {}
        forms = [form for form in map(context.get, FORMS) if form is not None]
        if request.method == "POST" and any(form.is_bound and form.errors for form in forms):
            response.status_code = 422
        return response

    return answer


def with_destination(view: View) -> View:
    """With a second factor set up: on to where the person was stopped for want of it (F-022a)."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        url = destination(request)
        if isinstance(response, TemplateResponse):
            response.context_data = {**(response.context_data or {}), "destination": url}
        elif url and response.get("Location") == reverse("mfa_index"):
            response["Location"] = url
        return response

    return answer


def one_at_a_time(view: View) -> View:
    """Of two factors taken away at the same moment, one is the last."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "POST":
            User.objects.select_for_update().filter(pk=request.user.pk or 0).first()
        return view(request, *args, **kwargs)

    return answer


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """One's own factors: what is on, which firms require it, and what must stay for them."""
    response: TemplateResponse = mfa.index(request)
    user_id = request.user.pk or 0
    firms = list(firms_requiring_factor(user_id))
    response.context_data = {
        **(response.context_data or {}),
        "firms": firms,
        "why_not": LAST_FACTOR if is_last_factor_needed(user_id) else "",
        "sessions": live_sessions(request),
    }
    return response


@require_POST
def sign_out_others(request: HttpRequest) -> HttpResponse:
    """Every other session of the person ends; this one goes on under a new key."""
    assert isinstance(request.user, User)
    update_session_auth_hash(request, end_own_sessions(request.user))
    UserSession.objects.create_from_request(request)  # the session has another key now
    messages.success(request, "You are signed out everywhere else.")
    return redirect("mfa_index")


login = checked(account.login)
signup = checked(account.signup)
reauthenticate = checked(account.reauthenticate)
password_change = checked(account.password_change)
password_reset = checked(account.password_reset)
password_reset_from_key = checked(account.password_reset_from_key)
mfa_authenticate = checked(mfa.authenticate)
mfa_reauthenticate = checked(mfa.reauthenticate)
activate_totp = with_destination(checked(totp.activate_totp))
deactivate_totp = one_at_a_time(checked(totp.deactivate_totp))
generate_recovery_codes = checked(recovery_codes.generate_recovery_codes)
view_recovery_codes = with_destination(recovery_codes.view_recovery_codes)
mfa_index = with_destination(security)
