"""One assigned person: another role or end, the star, and Remove (F-057, F-058, F-061)."""

from collections.abc import Iterator
from dataclasses import replace

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.actions.assignments import change_assignment, remove_assignment, set_primary
from clients.forms.assignments import MEANS, AssignmentForm, RemovalForm
from clients.http import get_connection
from clients.models import Connection, TeamAssignment
from clients.roles import ClientRole
from clients.views.client_team import get_colleague, team_url
from practice.auth import explain, find_standing
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require
from practice.models import TeamMember
from practice.permissions import Permission, Verdict

MIGHT_BE_LOST = (p.VIEW_CLIENT, p.OPEN_ACCOUNT, *sorted(p.TIE_GRANTS[ClientRole.FULL]))


@require_http_methods(["GET", "POST"])
def client_team_member(request: FirmRequest, connection_id: int, member_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    member = get_colleague(request, member_id)
    require_change(request, connection, member)
    tie = get_tie(connection, member)
    form = AssignmentForm(request.POST or None, initial=AssignmentForm.initial_for(tie))
    mark = explain(request.user, p.GRANT_ACCESS, connection)
    if not mark.allowed:
        form.fields["is_primary"].disabled = True
        form.fields["is_primary"].help_text = mark.reason
    if form.is_valid() and save(request, tie, connection, form):
        messages.success(request, "Changes saved.")
        return redirect(team_url(request, connection))
    context = {
        "connection": connection,
        "member": member,
        "tie": tie,
        "form": form,
        "means": [(role.value, role.label, MEANS[role]) for role in ClientRole],
    }
    status = 422 if form.is_bound or request.method == "POST" else 200
    return render_page(request, "clients/client_team_member.html", context, status=status)


def save(
    request: FirmRequest, tie: TeamAssignment, connection: Connection, form: AssignmentForm
) -> bool:
    """All of it, or nothing and the reason on the form."""
    facts = {name: form.cleaned_data[name] for name in ("role", "ends_at", "reason")}
    if "ends_at" not in form.changed_data:
        facts["ends_at"] = tie.ends_at  # to the instant, whatever zone it was given in
    try:
        with transaction.atomic():
            change_assignment(connection, tie.user, by=request.user, **facts)
            if form.cleaned_data["is_primary"] != tie.is_primary:
                user = tie.user if form.cleaned_data["is_primary"] else None
                set_primary(connection, user, by=request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


@require_http_methods(["GET", "POST"])
def client_team_remove(request: FirmRequest, connection_id: int, member_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    member = get_colleague(request, member_id)
    if member.user_id != request.user.pk:
        require(request.user, p.REVOKE_ACCESS, connection)
    form = RemovalForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return remove(request, connection, member, form.cleaned_data["reason"])
    tie = get_tie(connection, member)
    lost, stays = effect_of_removal(connection, member)
    context = {
        "connection": connection,
        "member": member,
        "tie": tie,
        "form": form,
        "lost": lost,
        "stays": stays,
    }
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/client_team_remove.html", context, status=status)


def remove(
    request: FirmRequest, connection: Connection, member: TeamMember, reason: str
) -> HttpResponse:
    try:
        ended = remove_assignment(connection, member.user, by=request.user, reason=reason)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect(team_url(request, connection))
    client = connection.name
    says = (
        f"{member} is no longer assigned to {client}." if ended else f"{member} was not assigned."
    )
    messages.success(request, says)
    if member.user_id == request.user.pk and not still_seen(request, connection):
        return redirect(reverse("clients:client-list", kwargs={"firm_slug": request.firm.slug}))
    return redirect(team_url(request, connection))


def still_seen(request: FirmRequest, connection: Connection) -> bool:
    again = Connection.objects.select_related("branch").get(pk=connection.pk)
    return explain(request.user, p.VIEW_CLIENT, again).allowed


def require_change(request: FirmRequest, connection: Connection, member: TeamMember) -> None:
    """One's own assignment, or the right to give access or to take it."""
    if member.user_id == request.user.pk:
        return
    if not explain(request.user, p.REVOKE_ACCESS, connection).allowed:
        require(request.user, p.GRANT_ACCESS, connection)


def get_tie(connection: Connection, member: TeamMember) -> TeamAssignment:
    ties = TeamAssignment.objects.of(member.user_id, connection.firm_id).select_related("user")
    tie: TeamAssignment | None = ties.filter(content_object=connection).first()
    if tie is None:
        raise Http404("Not assigned to this client.")
    return tie


def effect_of_removal(connection: Connection, member: TeamMember) -> tuple[list[str], str]:
    """The labels of what the person loses, and why they still see the client, if they do."""
    standing = find_standing(member.user, connection.firm_id)
    facts = connection.facts_for(standing, p.OPEN_ACCOUNT)
    bare = replace(facts, tie_role=None)

    def verdict(facts_then: p.ConnectionFacts, permission: str) -> Verdict:
        return Verdict.of(p.connection_rules(standing, facts_then, permission))

    def lost() -> Iterator[str]:
        for code in MIGHT_BE_LOST:
            if verdict(facts, code).allowed and not verdict(bare, code).allowed:
                yield Permission.label_of(code)

    seen = verdict(bare, p.VIEW_CLIENT)
    scope = next((rule for rule in seen.rules if rule.holds and rule.name == "Scope"), None)
    stays = scope.about(str(member)) if seen.allowed and scope else ""
    return list(lost()), stays
