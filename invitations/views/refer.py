"""The public page behind a referral link: whose it is, and sign-up (F-119)."""

from typing import Any

from allauth.account.views import SignupView
from allauth.core.ratelimit import consume_or_429
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from invitations.actions.referrals import count_sign_up, find_referral
from invitations.forms.referrals import ReferralSignUpForm
from invitations.models.links import ReferralUrl
from invitations.views.link_over import link_over
from practice.models import User
from practice.views.accounts import checked


class ReferralSignUpView(SignupView):
    template_name = "invitations/refer.html"
    form_class = ReferralSignUpForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        url = ReferralUrl.read(kwargs["referral"])
        self.link = find_referral(url) if url else None
        if self.link is None:
            return link_over(request)
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: ReferralSignUpForm) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        if isinstance(self.user, User) and self.link:  # None: the address has a login already
            count_sign_up(self.link, self.user, company=form.cleaned_data["company"])
        return response

    def get_success_url(self) -> str:
        return reverse("practice:home")

    def get_authenticated_redirect_url(self) -> str:
        return reverse("practice:home")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), "link": self.link}


sign_up = checked(ReferralSignUpView.as_view())


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def refer(request: HttpRequest, referral: str) -> HttpResponse:
    too_often: HttpResponse | None = consume_or_429(request, action="refer", limit_get=True)
    return too_often or sign_up(request, referral=referral)
