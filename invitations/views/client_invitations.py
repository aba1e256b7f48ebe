"""Client Invitations: companies that ask to be connected, and what became of them (F-112)."""

from collections.abc import Iterable, Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe

from invitations.forms.client import ClientInvitationFilterForm
from invitations.models import ClientInvitation
from invitations.models.client import ClientInvitationQuerySet
from practice.http import FirmRequest, chosen_branch, render_page, stream
from practice.paging import Order, paginate
from practice.spreadsheets import CSV_TYPE, csv_rows

LATEST_FIRST = Order(("created_at", "id"), is_descending=True)
HEADER = (
    *("Company", "Owner", "Email", "Branch", "How it came", "Status"),
    *("Sent (UTC)", "Ends (UTC)", "Answered by", "Answered (UTC)", "Reason"),
)


@require_safe
def invitation_list(request: FirmRequest) -> HttpResponse:
    """Of the branches whose clients one may view; those that wait, unless the filter says else."""
    form = ClientInvitationFilterForm(request.GET)
    rows = form.narrow(invitations_for(request))
    context = {
        "form": form,
        "page": paginate(rows, LATEST_FIRST, request.GET),
        "tabs": tabs(request),
        "is_filtered": form.is_filtered,
        "export_query": request.GET.urlencode(),
    }
    status = 200 if form.is_valid() else 422
    template = "invitations/invitation_list.html"
    return render_page(request, template, context, fragment="invitations", status=status)


@require_GET
def invitation_export(request: FirmRequest) -> StreamingHttpResponse:
    rows = ClientInvitationFilterForm(request.GET).narrow(invitations_for(request))

    def lines() -> Iterable[str]:
        ordered = rows.order_by(*LATEST_FIRST.columns())
        return csv_rows(HEADER, map(cells, ordered.iterator(chunk_size=1000)))

    return stream(request, lines, content_type=CSV_TYPE, filename="client-invitations.csv")


def invitations_for(request: FirmRequest) -> ClientInvitationQuerySet:
    """What one may see; with a branch chosen in the selector, what is for it (F-011)."""
    rows = ClientInvitation.objects.visible_to(request.standing)
    branch = chosen_branch(request)
    if branch:
        rows = rows.filter(branch=branch)
    return rows.select_related("branch", "answered_by")


def tabs(request: FirmRequest) -> list[tuple[str, str, str, None]]:
    slug = request.firm.slug
    return [
        ("clients", "From clients", reverse("invitations:invitation-list", args=[slug]), None),
        ("back", "To past clients", reverse("invitations:reconnection-list", args=[slug]), None),
    ]


def cells(invitation: ClientInvitation) -> Iterator[object]:
    yield invitation.company
    yield invitation.contact_name
    yield invitation.contact_email
    yield invitation.branch.name
    yield invitation.get_source_display()
    yield invitation.outcome.label
    yield invitation.created_at
    yield invitation.ends_at
    yield invitation.answered_by or ""
    yield invitation.answered_at
    yield invitation.answer_reason
