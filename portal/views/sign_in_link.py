"""The page behind a mailed link: looking changes nothing, “Continue” signs in (F-159, F-239).

It is public, and mail scanners open it too, as often as they like.
"""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from portal.actions.signing_in import WRONG_CODE, find_link, use_link, why_over
from portal.forms.sign_in import LinkForm
from portal.models import LinkKind, SignInLink
from portal.models.logins import login_of
from portal.views.sign_in import BROWSER, arrival, get_firm, limited, look_of, signed_in
from practice.errors import Refused
from practice.models import Firm, User
from practice.tenancy import as_system

INCOMPLETE = "This link is not complete. Open it from the mail, or copy the whole of it."


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, portal_firm: str, magic: str) -> HttpResponse:
    firm = get_firm(portal_firm)
    mailed = find_link(firm, magic)
    if mailed is None:
        return over(request, firm, INCOMPLETE, status=404)
    if says := why_over(mailed):
        return over(request, firm, says)
    if request.user.is_authenticated:
        return other_session(request, firm, mailed)
    browser = str(request.session.get(BROWSER, ""))
    form = LinkForm(
        request.POST if request.method == "POST" else None,
        needs_code=not mailed.is_asked_by(browser),
        needs_password=mailed.kind == LinkKind.RESET,
        user=holder(mailed) or User(email=mailed.email, full_name=mailed.contact.name),
    )
    if form.is_valid():
        if too_often := limited(request, "portal_code", mailed.token_hash):
            return too_often
        try:
            user = use_link(mailed, browser=browser, **form.cleaned_data)
        except Refused as refusal:
            return refused(request, firm, mailed, form, str(refusal))
        return signed_in(request, user, firm)
    return offer(request, firm, mailed, form)


def holder(mailed: SignInLink) -> User | None:
    with as_system():
        return login_of(mailed.contact)


def other_session(request: HttpRequest, firm: Firm, mailed: SignInLink) -> HttpResponse:
    """Who is signed in as the person goes on without it; who is somebody else signs out first."""
    if holder(mailed) == request.user:
        return redirect(arrival(firm))
    status = 403 if request.method == "POST" else 200
    return offer(request, firm, mailed, None, status=status)


def refused(
    request: HttpRequest, firm: Firm, mailed: SignInLink, form: LinkForm, says: str
) -> HttpResponse:
    """A wrong code is tried again; a link that ended meanwhile is not."""
    if says == WRONG_CODE and "code" in form.fields:
        form.add_error("code", says)
        return offer(request, firm, mailed, form)
    return over(request, firm, says)


def offer(
    request: HttpRequest,
    firm: Firm,
    mailed: SignInLink,
    form: LinkForm | None,
    *,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "firm": firm,
        "look": look_of(firm),
        "link": mailed,
        "form": form,
        "is_reset": mailed.kind == LinkKind.RESET,
        "page": request.path,
    }
    if form is not None and form.is_bound:
        status = 422
    return render(request, "portal/link.html", context, status=status)


def over(request: HttpRequest, firm: Firm, says: str, *, status: int = 410) -> HttpResponse:
    """Why the link opens nothing, and the way to a new one (F-160a)."""
    context = {"firm": firm, "look": look_of(firm), "says": says}
    return render(request, "portal/link_over.html", context, status=status)
