"""The public page behind a branch's link, and the sign-up that it leads to (F-107, F-109).

Looking changes nothing. A link that is over, was rotated or never was is answered alike.
"""

from typing import Any
from urllib.parse import urlencode

from allauth.account.views import SignupView
from allauth.core.ratelimit import consume_or_429
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from invitations.actions.client import COLLEAGUE
from invitations.actions.setups import (
    begin_setup,
    find_branch,
    find_setup,
    invitations_of,
    works_there,
)
from invitations.models.links import ConnectLink
from invitations.views.link_over import link_over
from practice.forms.sign_up import PersonSignUpForm
from practice.models import Branch, User
from practice.views.accounts import checked


@login_not_required
@require_safe
def connect(request: HttpRequest, invite: str) -> HttpResponse:
    """Firm, branch and what access means; nothing of any client."""
    too_often: HttpResponse | None = consume_or_429(request, action="connect", limit_get=True)
    if too_often:
        return too_often
    link, branch = behind(invite)
    if link is None or branch is None:
        return link_over(request)
    context: dict[str, Any] = {
        "branch": branch,
        "link": link,
        "next_url": step_url(link, "next"),
        "sign_in": sign_in_url(link),
        "page": reverse("invitations:connect", args=[link.token]),
    }
    if isinstance(request.user, User):
        context["sent"] = invitations_of(request.user, branch)
        context["setup"] = find_setup(request.user, branch)
        context["colleague"] = colleague(request.user, branch)
    return render(request, "invitations/connect.html", context)


def behind(token: str) -> tuple[ConnectLink | None, Branch | None]:
    link = ConnectLink.read(token)
    return link, find_branch(link) if link else None


def colleague(user: User, branch: Branch) -> str:
    """ "", or why this login is no client's."""
    return COLLEAGUE.format(branch.firm.name) if works_there(user, branch) else ""


def step_url(link: ConnectLink, step: str) -> str:
    return reverse(f"invitations:connect-{step}", args=[link.token])


def sign_in_url(link: ConnectLink) -> str:
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': step_url(link, 'next')})}"


class ClientSignUp(SignupView):
    """The address is proved by mail as everywhere; then the next step follows by itself."""

    template_name = "invitations/connect_register.html"
    form_class = PersonSignUpForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        link, branch = behind(kwargs["invite"])
        if link is None or branch is None:
            return link_over(request)
        self.link, self.branch = link, branch
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: PersonSignUpForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        if isinstance(self.user, User):  # None for an address that has a login already
            begin_setup(self.user, self.branch, self.link)
        return response

    def get_success_url(self) -> str:
        return step_url(self.link, "next")

    def get_authenticated_redirect_url(self) -> str:
        return step_url(self.link, "next")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts: dict[str, Any] = super().get_context_data(**kwargs)
        sign_in = sign_in_url(self.link)
        return {**facts, "branch": self.branch, "link": self.link, "sign_in": sign_in}


sign_up = checked(ClientSignUp.as_view())


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def connect_register(request: HttpRequest, invite: str) -> HttpResponse:
    return sign_up(request, invite=invite)
