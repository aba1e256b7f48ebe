"""Invite Team Member: who, access, role; then a summary, and send (F-016).

Every step is a form that carries the answers of the others in hidden fields: nothing is kept on the
server, and Back loses nothing. `?step=` names the page that is wanted; without it, it is sent.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from invitations.actions.team import Offer, already_works, colleague_at, invite_to_team, is_invited
from invitations.forms.team import (
    ONE_BRANCH,
    AccessForm,
    RoleForm,
    WhoForm,
    role_option,
)
from invitations.models import TeamInvitation
from practice.errors import Refused
from practice.http import FirmRequest, chosen_branch, render_page, require_anywhere
from practice.models import Branch
from practice.permissions import MANAGE_TEAM
from practice.roles import BranchRole, ParentRole
from practice.text import fold

STEPS = {"who": "Who", "access": "Access", "role": "Role", "summary": "Summary"}
ANSWERS = ("email", "full_name", "scope", "branch", "role")


@require_http_methods(["GET", "POST"])
def team_invite(request: FirmRequest) -> HttpResponse:
    require_anywhere(request, MANAGE_TEAM)
    if request.method == "GET":
        return step_page(request, "who", WhoForm())
    wanted = request.GET.get("step", "")
    answers: dict[str, Any] = {}
    for step in ("who", "access", "role"):
        if step == wanted:
            return step_page(request, step, form_of(request, step, answers, is_asked=True))
        form = form_of(request, step, answers)
        if not is_good(request, step, form, answers, is_sent=wanted not in STEPS):
            return step_page(request, step, form, status=422)
        answers |= form.cleaned_data
    if wanted == "summary":
        return summary(request, answers)
    return sent(request, answers)


def form_of(
    request: FirmRequest, step: str, answers: dict[str, Any], *, is_asked: bool = False
) -> Form:
    """The form of a step with what was typed; asked for, it says nothing of mistakes yet."""
    data = None if is_asked else request.POST
    initial: dict[str, Any] = {name: request.POST[name] for name in ANSWERS if name in request.POST}
    if step == "who":
        return WhoForm(data, initial=initial)
    if step == "access":
        branch = chosen_branch(request)
        usual = {"scope": ONE_BRANCH, "branch": branch.pk if branch else None}
        return AccessForm(
            data,
            initial={**usual, **initial},
            standing=request.standing,
            branches=branches_to_invite_to(request),
        )
    return RoleForm(data, initial=initial, standing=request.standing, branch=answers["branch"])


def branches_to_invite_to(request: FirmRequest) -> Any:
    return Branch.objects.open().where(request.standing, MANAGE_TEAM)


def is_good(
    request: FirmRequest, step: str, form: Form, answers: dict[str, Any], *, is_sent: bool
) -> bool:
    """Whether the answers make sense; who is there already is said where the place was chosen.

    Once it is sent, the action says so: the second of two clicks is no mistake.
    """
    if form.is_valid() and step == "access" and not is_sent:
        note_known(request, form, answers["email"])
    return form.is_valid()


def note_known(request: FirmRequest, form: Form, email: str) -> None:
    branch, key = form.cleaned_data["branch"], fold(email)
    field = "branch" if branch else "scope"
    colleague = colleague_at(request.firm, key, branch)
    if colleague:
        page = reverse("practice:team-member", args=[request.firm.slug, colleague.pk])
        says = (already_works(colleague, branch), page, "Open their page")
        form.add_error(field, format_html('{} <a href="{}">{}</a>', *says))
        return
    waiting = TeamInvitation.objects.for_firm(request.firm).pending()
    if found := waiting.filter(email_key=key, branch=branch).first():
        page = reverse("invitations:team-invitations", args=[request.firm.slug])
        says = (is_invited(found), page, "Team Invitations")
        form.add_error(field, format_html('{} <a href="{}">{}</a>', *says))


def summary(
    request: FirmRequest, answers: dict[str, Any], refusal: str = "", status: int = 200
) -> HttpResponse:
    branch = answers["branch"]
    context = {
        "email": answers["email"],
        "full_name": answers["full_name"],
        "place": branch.name if branch else "All branches",
        "option": role_option(request.standing, branch, role_of(branch, answers["role"])),
        "refusal": refusal,
        "steps": steps("summary"),
        "step": "summary",
        "back": "role",
        "kept": kept(request, ()),
    }
    return render_page(request, "invitations/team_invite_summary.html", context, status=status)


def sent(request: FirmRequest, answers: dict[str, Any]) -> HttpResponse:
    offer = Offer(answers["email"], answers["full_name"], answers["role"], answers["branch"])
    try:
        invite_to_team(request.firm, offer, by=request.user)
    except Refused as refusal:
        return summary(request, answers, str(refusal), status=422)
    messages.success(request, f"The invitation is on its way to {offer.email}.")
    return redirect("invitations:team-invitations", request.firm.slug)


def role_of(branch: Branch | None, role: str) -> BranchRole | ParentRole:
    return BranchRole(role) if branch else ParentRole(role)


def step_page(request: FirmRequest, step: str, form: Form, status: int = 200) -> HttpResponse:
    names = list(STEPS)
    place = names.index(step)
    context = {
        "form": form,
        "step": step,
        "number": place + 1,
        "next": names[place + 1],
        "back": names[place - 1] if place else "",
        "steps": steps(step),
        "kept": kept(request, form.fields),
        "has_branches": step != "access" or branches_to_invite_to(request).exists(),
    }
    return render_page(request, "invitations/team_invite.html", context, status=status)


def steps(current: str) -> list[tuple[str, bool]]:
    return [(label, name == current) for name, label in STEPS.items()]


def kept(request: FirmRequest, shown: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The answers of the other steps, for hidden fields."""
    for name in ANSWERS:
        if name in request.POST and name not in shown:
            yield name, request.POST[name]
