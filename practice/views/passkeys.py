"""Passkeys: adding one, naming it, removing it, and being asked for it (F-022).

allauth's own pages, which answer 422 to what they cannot accept and keep the form that was refused.
"""

from typing import Any

from allauth.account.utils import passthrough_next_redirect_url
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import views as webauthn
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from practice.forms.security import NOT_KNOWN
from practice.models.security import LAST_FACTOR, is_last_factor_needed
from practice.views.accounts import checked, one_at_a_time, with_destination


class KeepsForm:
    """The page shows the form that was refused, instead of asking it once more."""

    def get_context_data(self, **facts: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**facts)  # type: ignore[misc]
        return {**context, **facts}


class OwnPasskey:
    """One of the person's own passkeys; any other does not exist, asked for the password or not."""

    pk_url_kwarg = "passkey_id"

    def dispatch(self, request: HttpRequest, *args: Any, **words: Any) -> HttpResponseBase:
        get_object_or_404(passkeys_of(request), pk=words["passkey_id"])
        response: HttpResponseBase = super().dispatch(request, *args, **words)  # type: ignore[misc]
        return response


def passkeys_of(request: HttpRequest) -> QuerySet[Any]:
    kind = Authenticator.Type.WEBAUTHN
    rows: QuerySet[Any] = Authenticator.objects.filter(user_id=request.user.pk, type=kind)
    return rows.order_by("created_at", "pk")


class PasskeyList(webauthn.ListWebAuthnView):
    def get_queryset(self) -> QuerySet[Any]:
        return passkeys_of(self.request)


class PasskeyAdd(KeepsForm, webauthn.AddWebAuthnView):
    pass


class PasskeyRename(OwnPasskey, KeepsForm, webauthn.EditWebAuthnView):
    pass


class PasskeyRemove(OwnPasskey, webauthn.RemoveWebAuthnView):
    """The last factor stays while a firm requires one (F-022a)."""

    def get_context_data(self, **facts: Any) -> dict[str, Any]:
        why = LAST_FACTOR if is_last_factor_needed(self.request.user.pk) else ""
        return {**super().get_context_data(**facts), "why_not": why}

    def form_valid(self, form: BaseForm) -> HttpResponse:
        if is_last_factor_needed(self.request.user.pk):
            return self.render_to_response(self.get_context_data(), status=422)  # type: ignore[no-any-return]
        return super().form_valid(form)  # type: ignore[no-any-return]


class PasskeyLogin(webauthn.LoginWebAuthnView):
    """Back to sign-in when it fails, without losing where the person wanted to go."""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        said = form.errors.get("credential") or [NOT_KNOWN]
        messages.error(self.request, str(said[0]))
        login = reverse("account_login")
        return redirect(passthrough_next_redirect_url(self.request, login, REDIRECT_FIELD_NAME))


class PasskeyAgain(KeepsForm, webauthn.ReauthenticateWebAuthnView):
    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form))  # type: ignore[no-any-return]


passkey_list = PasskeyList.as_view()
passkey_add = with_destination(checked(PasskeyAdd.as_view()))
passkey_rename = checked(PasskeyRename.as_view())
passkey_remove = one_at_a_time(PasskeyRemove.as_view())
passkey_login = PasskeyLogin.as_view()
passkey_again = checked(PasskeyAgain.as_view())
