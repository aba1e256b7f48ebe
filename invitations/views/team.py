"""Team Management > Team Invitations: who was asked, and what became of it (F-016b, F-016c)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import cast

from django.contrib import messages
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from invitations.actions.team import IS_CLOSED, cancel_invitation, resend_invitation
from invitations.forms.team import TeamInvitationFilterForm
from invitations.http import get_team_invitation
from invitations.models import TeamInvitation
from invitations.models.links import TeamLink
from invitations.models.team import TeamInvitationQuerySet
from practice.errors import Refused
from practice.http import FirmRequest, chosen_branch, render_page, require_anywhere, stream
from practice.paging import Order, Page, numbered, paginate
from practice.permissions import VIEW_TEAM, Standing, Verdict
from practice.spreadsheets import CSV_TYPE, csv_rows

LATEST_FIRST = Order(("ends_at", "id"), is_descending=True)
HEADER = ("Name", "Email", "Access", "Role", "Status", "Invited by", "Sent (UTC)", "Ends (UTC)")


@dataclass(frozen=True)
class Waiting:
    """A pending row, and why this person may not resend, copy or cancel it."""

    invitation: TeamInvitation
    lacks: str


@require_GET
def team_invitations(request: FirmRequest) -> HttpResponse:
    require_anywhere(request, VIEW_TEAM)
    form = TeamInvitationFilterForm(request.GET)
    rows = form.narrow(invitations_for(request))
    page = waiting_page(rows.pending(), request.GET, request.standing)
    context = {
        "form": form,
        "waiting": page,
        "history": paginate(rows.ended(), LATEST_FIRST, request.GET),
        "tabs": team_tabs(request),
        "branch": chosen_branch(request),
        "is_filtered": form.is_filtered,
        "export_query": request.GET.urlencode(),
    }
    status = 200 if form.is_valid() else 422
    template = "invitations/team_invitations.html"
    return render_page(request, template, context, fragment="invitations", status=status)


@require_GET
def team_invitation_export(request: FirmRequest) -> StreamingHttpResponse:
    require_anywhere(request, VIEW_TEAM)
    rows = TeamInvitationFilterForm(request.GET).narrow(invitations_for(request))

    def lines() -> Iterable[str]:
        ordered = rows.order_by(*LATEST_FIRST.columns())
        return csv_rows(HEADER, map(cells, ordered.iterator(chunk_size=1000)))

    return stream(request, lines, content_type=CSV_TYPE, filename="team-invitations.csv")


@require_GET
def team_invitation_link(request: FirmRequest, invitation_id: int) -> HttpResponse:
    """The link to copy, for those who could give the role themselves."""
    invitation = get_team_invitation(request, invitation_id)
    if not invitation.is_pending:
        messages.error(request, IS_CLOSED[invitation.outcome])
        return redirect("invitations:team-invitations", request.firm.slug)
    link = TeamLink(invitation.pk, invitation.nonce, is_mailed=False)
    context = {"invitation": invitation, "link": link.url}
    return render_page(request, "invitations/team_invitation_link.html", context)


@require_POST
def team_invitation_resend(request: FirmRequest, invitation_id: int) -> HttpResponse:
    invitation = get_team_invitation(request, invitation_id)
    try:
        resend_invitation(invitation, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        says = f"A new link is on its way to {invitation.email}. The old one no longer works."
        messages.success(request, says)
    return redirect("invitations:team-invitations", request.firm.slug)


@require_http_methods(["GET", "POST"])
def team_invitation_cancel(request: FirmRequest, invitation_id: int) -> HttpResponse:
    """Asks first: a cancelled invitation does not come back."""
    invitation = get_team_invitation(request, invitation_id)
    if request.method == "GET" and invitation.is_pending:
        context = {"invitation": invitation}
        return render_page(request, "invitations/team_invitation_cancel.html", context)
    try:
        cancel_invitation(invitation, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"The invitation of {invitation.full_name} is cancelled.")
    return redirect("invitations:team-invitations", request.firm.slug)


def invitations_for(request: FirmRequest) -> TeamInvitationQuerySet:
    """What one may see; with a branch chosen in the selector, what concerns it (F-011)."""
    rows = TeamInvitation.objects.visible_to(request.standing).on_branch(chosen_branch(request))
    return rows.select_related("branch", "invited_by")


def waiting_page(
    rows: TeamInvitationQuerySet, params: QueryDict, standing: Standing
) -> Page[Waiting]:
    """Pending ones are few; what expires first stands first."""
    page: Page[TeamInvitation] = numbered(rows.order_by("ends_at", "pk"), params)
    waiting = [Waiting(row, why_closed_to(standing, row)) for row in page]
    return replace(cast(Page[Waiting], page), rows=waiting)


def why_closed_to(standing: Standing, invitation: TeamInvitation) -> str:
    """ "" or the permission that is missing (F-007); asks the database nothing."""
    verdict = Verdict.of(invitation.rules(standing, invitation.needs))
    if verdict.allowed:
        return ""
    is_role = verdict.decisive.name == "Role"
    return f"You need the permission “{invitation.needs.label}”." if is_role else verdict.reason


def team_tabs(request: FirmRequest) -> list[tuple[str, str, str, None]]:
    slug = request.firm.slug
    return [
        ("members", "Team Members", reverse("practice:team", args=[slug]), None),
        (
            "invitations",
            "Team Invitations",
            reverse("invitations:team-invitations", args=[slug]),
            None,
        ),
    ]


def cells(invitation: TeamInvitation) -> Iterator[object]:
    yield invitation.full_name
    yield invitation.email
    yield invitation.place_label
    yield invitation.role_label
    yield invitation.outcome.label
    yield str(invitation.invited_by)
    yield invitation.sent_at
    yield invitation.ends_at
