"""allauth's pages, which answer 422 to what they cannot accept."""

from collections.abc import Callable
from functools import wraps

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def checked(view: View) -> View:
    """Say 422 where allauth shows its form again with 200."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        form = (getattr(response, "context_data", None) or {}).get("form")
        if form is not None and form.is_bound and form.errors:
            response.status_code = 422
        return response

    return answer


login = checked(account.login)
signup = checked(account.signup)
reauthenticate = checked(account.reauthenticate)
password_change = checked(account.password_change)
password_reset = checked(account.password_reset)
password_reset_from_key = checked(account.password_reset_from_key)
mfa_authenticate = checked(mfa.authenticate)
mfa_reauthenticate = checked(mfa.reauthenticate)
activate_totp = checked(totp.activate_totp)
deactivate_totp = checked(totp.deactivate_totp)
generate_recovery_codes = checked(recovery_codes.generate_recovery_codes)
