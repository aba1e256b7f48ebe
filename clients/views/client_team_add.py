"""Add Team Member: several people of the branch at once, each with a role (F-056, F-056a)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.actions.assignments import assign_people
from clients.actions.limits import Giver
from clients.forms.assignments import DEFAULT_ROLE, MEANS, TeamAddForm
from clients.http import get_connection
from clients.models import Connection, TeamAssignment
from clients.roles import ClientRole
from clients.views.client_team import team_url
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require
from practice.models import TeamMember
from practice.roles import BranchRole
from practice.text import tidy

MOST = 50


@dataclass(frozen=True)
class Candidate:
    """One line to tick."""

    member: Any
    is_chosen: bool
    role: str

    @property
    def place(self) -> str:
        """Owner, Admin or Member: what they are on the client's branch."""
        return str(BranchRole(self.member.place).label)


@require_http_methods(["GET", "POST"])
def client_team_add(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.GRANT_ACCESS, connection)
    form = TeamAddForm(
        request.POST if request.method == "POST" else None, offered=offered(connection)
    )
    if form.is_valid() and save(request, connection, form):
        return redirect(team_url(request, connection))
    return answer(request, connection, form, request.POST, status=422 if form.is_bound else 200)


def save(request: FirmRequest, connection: Connection, form: TeamAddForm) -> bool:
    facts = {name: form.cleaned_data[name] for name in ("reason", "ends_at")}
    try:
        done = assign_people([connection.pk], form.roles, by=request.user, **facts)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    names = [str(member) for member in form.cleaned_data["person"]]
    count = sum(one.is_changed for one in done)
    said = names[0] if len(names) == 1 else f"{count} people"
    messages.success(request, f"{said} {'is' if len(names) == 1 else 'are'} assigned.")
    return True


@require_http_methods(["GET", "POST"])
def client_team_suggest(request: FirmRequest, connection_id: int) -> HttpResponse:
    """The people to tick, narrowed by `q`; who is ticked already stays. Nothing is saved."""
    connection = get_connection(request, connection_id)
    require(request.user, p.GRANT_ACCESS, connection)
    data = request.POST or request.GET
    kept = {name: data.get(name, "") for name in ("ends_at", "reason")}
    form = TeamAddForm(initial=kept, offered=offered(connection))
    return answer(request, connection, form, data, fragment="people")


def answer(
    request: FirmRequest,
    connection: Connection,
    form: TeamAddForm,
    data: QueryDict,
    *,
    fragment: str | None = None,
    status: int = 200,
) -> HttpResponse:
    needle = tidy(data.get("q", ""))[:200]
    found = list(named(offered(connection), needle)[: MOST + 1])
    giver = Giver.of(request.user, [connection])
    allowed = giver.roles(connection)
    context = {
        "connection": connection,
        "form": form,
        "needle": needle,
        "candidates": list(candidates(connection, found[:MOST], data, allowed)),
        "has_more": len(found) > MOST,
        "roles": [(role.value, role.label, MEANS[role], role in allowed) for role in ClientRole],
    }
    template = "clients/client_team_add.html"
    return render_page(request, template, context, fragment=fragment, status=status)


def offered(connection: Connection) -> QuerySet[TeamMember]:
    """Active people of the client's branch who are not assigned yet, by name."""
    assigned = TeamAssignment.objects.running().filter(content_object=connection)
    members = TeamMember.objects.filter(
        firm_id=connection.firm_id,
        is_active=True,
        user__is_active=True,
        memberships__branch_id=connection.branch_id,
    )
    placed = members.annotate(place=F("memberships__role")).select_related("user")
    return placed.exclude(user_id__in=assigned.values("user_id")).order_by("user__full_name", "pk")


def named(members: QuerySet[TeamMember], needle: str) -> QuerySet[TeamMember]:
    if not needle:
        return members
    return members.filter(Q(user__full_name__icontains=needle) | Q(user__email__icontains=needle))


def candidates(
    connection: Connection, found: list[TeamMember], data: QueryDict, allowed: list[ClientRole]
) -> Iterator[Candidate]:
    """Those who are ticked first, also where the search does not find them."""
    usual = DEFAULT_ROLE if DEFAULT_ROLE in allowed else ClientRole.VIEW_ONLY
    ticked = {int(pk) for pk in data.getlist("person") if is_id(pk)}
    chosen = list(offered(connection).filter(pk__in=ticked)) if ticked else []
    known = {member.pk for member in chosen}
    for member in [*chosen, *(one for one in found if one.pk not in known)]:
        role = data.get(f"role-{member.pk}", usual)
        yield Candidate(member, member.pk in known, role)


def is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19
