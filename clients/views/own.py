"""The page behind the link that hands an account over: a password, and it is theirs (F-121).

It is public, and looking changes nothing: mail scanners open links too.
"""

from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clients.actions.owners import (
    OTHER_ADDRESS,
    accept_as_newcomer,
    accept_ownership,
    find_owner_invitation,
    why_over,
)
from clients.forms.owners import NewOwnerForm
from clients.models import OwnerInvitation
from practice.errors import Refused
from practice.models import User

INCOMPLETE = "This link is not complete. Open it from the mail, or copy the whole of it."


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, takeover: str) -> HttpResponse:
    invitation = find_owner_invitation(takeover)
    if invitation is None:
        return closed(request, INCOMPLETE, status=404)
    if says := why_over(invitation):
        return closed(request, says, invitation)
    if request.method != "POST":
        return offer(request, invitation)
    if user := holder(request, invitation):
        return answered(request, invitation, user)
    if request.user.is_authenticated:
        return offer(request, invitation, status=403)
    if has_login(invitation):
        login = resolve_url(settings.LOGIN_URL)
        return redirect(f"{login}?{urlencode({'next': page_of(invitation)})}")
    return registered(request, invitation)


def holder(request: HttpRequest, invitation: OwnerInvitation) -> User | None:
    """The signed-in person, if the link is theirs."""
    user = request.user
    is_theirs = isinstance(user, User) and user.email_key == invitation.email_key
    return user if is_theirs else None  # type: ignore[return-value]


def answered(request: HttpRequest, invitation: OwnerInvitation, user: User) -> HttpResponse:
    try:
        accept_ownership(invitation, by=user)
    except Refused as refusal:
        return offer(request, invitation, refusal=str(refusal), status=422)
    messages.success(request, welcome(invitation))
    return redirect(home_of(invitation))


def registered(request: HttpRequest, invitation: OwnerInvitation) -> HttpResponse:
    form = NewOwnerForm(request.POST, email=invitation.email)
    if not form.is_valid():
        return offer(request, invitation, form=form, status=422)
    try:
        user = accept_as_newcomer(invitation, **form.cleaned_data)
    except Refused as refusal:
        return offer(request, invitation, form=form, refusal=str(refusal), status=422)
    login = Login(user=user, email=user.email, redirect_url=home_of(invitation))
    response: HttpResponse = perform_password_login(request, {"email": user.email}, login)
    messages.success(request, welcome(invitation))
    return response


def offer(
    request: HttpRequest,
    invitation: OwnerInvitation,
    *,
    form: NewOwnerForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """What is handed over, and the way to take it that fits who is looking."""
    context: dict[str, Any] = {
        "invitation": invitation,
        "connection": invitation.connection,
        "refusal": refusal,
        "page": page_of(invitation),
        "is_theirs": holder(request, invitation) is not None,
    }
    if isinstance(request.user, User) and not context["is_theirs"]:
        context["other"] = OTHER_ADDRESS.format(invitation.email, request.user.email)
    elif not has_login(invitation):
        initial = {"full_name": invitation.full_name}
        context["form"] = form or NewOwnerForm(email=invitation.email, initial=initial)
    return render(request, "clients/own.html", context, status=status)


def closed(
    request: HttpRequest,
    says: str,
    invitation: OwnerInvitation | None = None,
    *,
    status: int = 410,
) -> HttpResponse:
    """Why nothing can be done here; the owner goes on to the company."""
    context: dict[str, Any] = {"says": says}
    if invitation:
        context["firm_name"] = invitation.connection.firm.name
        if invitation.accepted_at and holder(request, invitation):
            context["home_url"] = home_of(invitation)
    return render(request, "clients/own_closed.html", context, status=status)


def has_login(invitation: OwnerInvitation) -> bool:
    return User.objects.filter(email_key=invitation.email_key).exists()


def page_of(invitation: OwnerInvitation) -> str:
    return reverse("clients:own", args=[invitation.token])


def home_of(invitation: OwnerInvitation) -> str:
    return reverse("clients:company-settings", args=[invitation.connection.account_id])


def welcome(invitation: OwnerInvitation) -> str:
    return f"The account of {invitation.connection.name} is yours."
