"""The doors of a portal, open to everybody: ask for a link, type its code, or a password.

Whatever address is typed, the answer is the same: nobody learns here whom a firm knows (F-159).
"""

from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

from allauth.account import views as account
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_not_required
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods

from portal.actions.sign_in_links import ask_link
from portal.actions.signing_in import WRONG_CODE, find_magic_link, use_link
from portal.forms.sign_in import AddressForm, CodeForm
from portal.models import LinkKind, PortalSettings
from portal.models.settings import portal_settings
from practice.errors import Refused
from practice.models import Firm, User
from practice.tenancy import as_system
from practice.text import fold
from practice.views.accounts import checked

# In the session of whoever is not signed in yet.
BROWSER, ADDRESS, NEXT = "portal_browser", "portal_address", "portal_next"
RESET_SENT = "If {} is known here, a mail with a link to choose a new password is on its way to it."


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest, portal_firm: str) -> HttpResponse:
    return ask_for_link(request, get_firm(portal_firm))


def ask_for_link(request: HttpRequest, firm: Firm | None) -> HttpResponse:
    """The answer is one and the same, whether anybody has the address or not."""
    if request.user.is_authenticated:
        return redirect(next_in(request, firm) or arrival(firm))
    form = AddressForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        email = form.cleaned_data["email"]
        if too_often := limited(request, "portal_link", email):
            return too_often
        ask_link(email, LinkKind.MAGIC, browser=browser_of(request), firm=firm)
        keep(request, email, firm)
        page = "portal:code" if firm else "portal:start-code"
        return redirect(page, *([firm.slug] if firm else []))
    return door(request, "portal/sign_in.html", firm, form, query=query_of(request))


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def start_code(request: HttpRequest) -> HttpResponse:
    return type_code(request, None)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, portal_firm: str) -> HttpResponse:
    return type_code(request, get_firm(portal_firm))


def type_code(request: HttpRequest, firm: Firm | None) -> HttpResponse:
    """“Check your mail”, and the code of it, for who reads the mail on another device (F-239)."""
    if request.user.is_authenticated:
        return redirect(arrival(firm))
    asked = str(request.session.get(ADDRESS, ""))
    data = request.POST if request.method == "POST" else None
    form = CodeForm(data, initial={"email": asked})
    if form.is_valid():
        email = form.cleaned_data["email"]
        if too_often := limited(request, "portal_code", email):
            return too_often
        link = find_magic_link(firm, email)
        try:
            if link is None:
                raise Refused(WRONG_CODE)
            user = use_link(link, browser="", code=form.cleaned_data["code"])
        except Refused:
            form.add_error("code", WRONG_CODE)
        else:
            return signed_in(request, user, firm)
    return door(request, "portal/code.html", firm, form, asked=asked)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def get_help(request: HttpRequest, portal_firm: str) -> HttpResponse:
    """“Get help signing in”: a link with which one chooses a password (F-162)."""
    firm = get_firm(portal_firm)
    form = AddressForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        email = form.cleaned_data["email"]
        if too_often := limited(request, "portal_link", email):
            return too_often
        ask_link(email, LinkKind.RESET, browser=browser_of(request), firm=firm)
        messages.success(request, RESET_SENT.format(email))
        return redirect("portal:password", firm.slug)
    return door(request, "portal/help.html", firm, form)


class PasswordView(account.LoginView):
    """allauth’s sign-in, with its limits and second factors, on the firm’s page (F-161)."""

    template_name = "portal/password.html"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.firm = get_firm(kwargs["portal_firm"])

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.fields["password"].help_text = ""  # the way on is this page’s own
        return form

    def get_success_url(self) -> str:
        return next_in(self.request, self.firm) or arrival(self.firm)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        facts = {
            "firm": self.firm,
            "look": look_of(self.firm),
            "query": query_of(self.request),
            "there": self.get_success_url(),
        }
        context: dict[str, Any] = super().get_context_data(**kwargs) | facts
        return context


password = checked(PasswordView.as_view())


def get_firm(slug: str) -> Firm:
    """The firm whose door it is: there is nothing on it that the firm does not tell the public."""
    with as_system():
        firm = Firm.objects.filter(slug=slug).first()
    if firm is None:
        raise Http404("No such page.")
    return firm


def look_of(firm: Firm | None) -> PortalSettings | None:
    """The name, colour and logo that the firm’s door shows (F-165)."""
    if firm is None:
        return None
    with as_system():
        return portal_settings(firm)


def door(
    request: HttpRequest, template: str, firm: Firm | None, form: Form | None, **more: Any
) -> HttpResponse:
    status = 422 if form is not None and form.is_bound else 200
    context = {"firm": firm, "look": look_of(firm), "form": form, **more}
    return render(request, template, context, status=status)


def query_of(request: HttpRequest) -> str:
    """What the page was opened with, for the forms on it."""
    url = request.GET.get(REDIRECT_FIELD_NAME)
    return f"?{urlencode({REDIRECT_FIELD_NAME: url})}" if url else ""


def limited(request: HttpRequest, action: str, about: str) -> HttpResponse | None:
    """Too often for this address or from this place: for known addresses and unknown ones alike."""
    answer: HttpResponse | None = consume_or_429(request, action=action, key=fold(about))
    return answer


def browser_of(request: HttpRequest) -> str:
    """What tells this browser from others until somebody signs in with it."""
    return str(request.session.setdefault(BROWSER, token_urlsafe(32)))


def keep(request: HttpRequest, email: str, firm: Firm | None) -> None:
    """For the pages that follow: whose mail it is, and where they wanted to go."""
    request.session[ADDRESS] = email
    if url := next_in(request, firm) or ("" if firm else arrival(None)):
        request.session[NEXT] = url


def next_in(request: HttpRequest, firm: Firm | None) -> str:
    """Where somebody was stopped to sign in first: a page of this portal, else ""."""
    url = request.GET.get(REDIRECT_FIELD_NAME, "")
    home = f"{reverse('portal:start')}{firm.slug}/" if firm else reverse("portal:start")
    is_ours = url_has_allowed_host_and_scheme(url, allowed_hosts=None)
    return url if is_ours and url.startswith(home) else ""


def signed_in(request: HttpRequest, user: User, firm: Firm | None) -> HttpResponse:
    """By allauth, whose stages ask for a second factor first where the person has one (F-163)."""
    there = str(request.session.pop(NEXT, "")) or arrival(firm)
    for name in (BROWSER, ADDRESS):
        request.session.pop(name, None)
    record_authentication(request, user, method="mailed_link")
    login = Login(user=user, email=user.email, redirect_url=there)
    response: HttpResponse = perform_login(request, login)
    return response


def arrival(firm: Firm | None) -> str:
    """From there on to the firm’s portal, or to the choice of firms (F-164)."""
    page = reverse("portal:start")
    return f"{page}?{urlencode({'firm': firm.slug})}" if firm else page
