"""The page behind the link of a team invitation: what is offered, accept, reject (F-016, F-016a).

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

from invitations.actions.answers import (
    OTHER_ADDRESS,
    accept_as_newcomer,
    accept_invitation,
    find_invitation,
    reject_invitation,
    why_closed,
)
from invitations.forms.team import NewcomerForm
from invitations.models import TeamInvitation
from invitations.models.links import TeamLink
from invitations.roles import InvitationStatus
from practice.errors import Refused
from practice.models import User

INCOMPLETE = "This link is not complete. Open it from the mail, or copy the whole of it."


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def team_join(request: HttpRequest, invite: str) -> HttpResponse:
    link, invitation = behind(invite)
    if link is None or invitation is None:
        return closed(request, None, INCOMPLETE, status=404)
    if says := why_closed(invitation, link):
        return closed(request, invitation, says)
    if request.method == "POST":
        return answered(request, invitation, link)
    return offer(request, invitation, link)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def team_join_reject(request: HttpRequest, invite: str) -> HttpResponse:
    """Asks first: a rejected invitation does not come back."""
    link, invitation = behind(invite)
    if link is None or invitation is None:
        return closed(request, None, INCOMPLETE, status=404)
    if says := why_closed(invitation, link):
        return closed(request, invitation, says)
    if request.method != "POST":
        context = {"invitation": invitation, "token": link.token}
        return render(request, "invitations/team_join_reject.html", context)
    try:
        reject_invitation(invitation, link, by=holder(request, invitation))
    except Refused as refusal:
        return closed(request, invitation, str(refusal))
    return closed(request, invitation, "You have rejected this invitation.", status=200)


def behind(token: str) -> tuple[TeamLink | None, TeamInvitation | None]:
    link = TeamLink.read(token)
    return link, find_invitation(link) if link else None


def holder(request: HttpRequest, invitation: TeamInvitation) -> User | None:
    """The signed-in person, if the invitation is theirs."""
    user = request.user
    is_theirs = isinstance(user, User) and user.email_key == invitation.email_key
    return user if is_theirs else None  # type: ignore[return-value]


def answered(request: HttpRequest, invitation: TeamInvitation, link: TeamLink) -> HttpResponse:
    """Accept as the person one is signed in as; else sign in first, or register."""
    if user := holder(request, invitation):
        try:
            accept_invitation(invitation, link, by=user)
        except Refused as refusal:
            return offer(request, invitation, link, refusal=str(refusal), status=422)
        return welcomed(request, invitation)
    if request.user.is_authenticated:
        return offer(request, invitation, link, status=403)
    if has_login(invitation):
        login = resolve_url(settings.LOGIN_URL)
        return redirect(f"{login}?{urlencode({'next': join_url(link)})}")
    return registered(request, invitation, link)


def registered(request: HttpRequest, invitation: TeamInvitation, link: TeamLink) -> HttpResponse:
    """A new login. By a copied link it is proved by mail first, and comes back here."""
    form = NewcomerForm(request.POST, invitation=invitation)
    if not form.is_valid():
        return offer(request, invitation, link, form=form, status=422)
    try:
        user = accept_as_newcomer(invitation, link, **form.cleaned_data)
    except Refused as refusal:
        return offer(request, invitation, link, form=form, refusal=str(refusal), status=422)
    there = home_url(invitation) if link.is_mailed else join_url(link)
    login = Login(user=user, email=user.email, redirect_url=there)
    response: HttpResponse = perform_password_login(request, {"email": user.email}, login)
    if link.is_mailed:
        messages.success(request, joined(invitation))
    return response


def welcomed(request: HttpRequest, invitation: TeamInvitation) -> HttpResponse:
    messages.success(request, joined(invitation))
    return redirect(home_url(invitation))


def joined(invitation: TeamInvitation) -> str:
    place = f"on {invitation.branch.name}" if invitation.branch else "over all branches"
    return f"You work at {invitation.firm.name} now: {invitation.role_label} {place}."


def offer(
    request: HttpRequest,
    invitation: TeamInvitation,
    link: TeamLink,
    *,
    form: NewcomerForm | None = None,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    """What is offered, and the way to accept it that fits who is looking."""
    context: dict[str, Any] = {
        "invitation": invitation,
        "link": link,
        "refusal": refusal,
        "join_url": join_url(link),
        "is_theirs": holder(request, invitation) is not None,
        "has_login": has_login(invitation),
    }
    if isinstance(request.user, User) and not context["is_theirs"]:
        context["other"] = OTHER_ADDRESS.format(invitation.email, request.user.email)
    elif not context["has_login"]:
        initial = {"full_name": invitation.full_name}
        context["form"] = form or NewcomerForm(invitation=invitation, initial=initial)
    return render(request, "invitations/team_join.html", context, status=status)


def closed(
    request: HttpRequest, invitation: TeamInvitation | None, says: str, *, status: int = 410
) -> HttpResponse:
    """Why nothing can be answered; of the firm its name, and the way in for who joined by it."""
    context: dict[str, Any] = {"says": says}
    if invitation:
        context["firm_name"] = invitation.firm.name
        if invitation.outcome == InvitationStatus.ACCEPTED and holder(request, invitation):
            context["home_url"] = home_url(invitation)
    return render(request, "invitations/team_join_closed.html", context, status=status)


def has_login(invitation: TeamInvitation) -> bool:
    return User.objects.filter(email_key=invitation.email_key).exists()


def join_url(link: TeamLink) -> str:
    return reverse("invitations:team-join", args=[link.token])


def home_url(invitation: TeamInvitation) -> str:
    return reverse("practice:dashboard", args=[invitation.firm.slug])
