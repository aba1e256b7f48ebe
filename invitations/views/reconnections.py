"""Client Invitations > To past clients: who was asked back, and the answers (F-080, F-081)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from clients.http import visible
from invitations.models import ReconnectInvitation
from invitations.views.client_invitations import tabs
from practice.http import FirmRequest, chosen_branch, render_page, stream
from practice.paging import Order, paginate
from practice.spreadsheets import CSV_TYPE, csv_rows

LATEST_FIRST = Order(("ends_at", "id"), is_descending=True)
HEADER = ("Client", "Branch", "Kind", "Sent to", "Status", "By", "Sent (UTC)", "Ends (UTC)")


@require_GET
def reconnection_list(request: FirmRequest) -> HttpResponse:
    page = paginate(reconnections_for(request), LATEST_FIRST, request.GET)
    context = {"page": page, "tabs": tabs(request)}
    return render_page(request, "invitations/reconnection_list.html", context)


@require_GET
def reconnection_export(request: FirmRequest) -> StreamingHttpResponse:
    rows = reconnections_for(request)

    def lines() -> Iterable[str]:
        ordered = rows.order_by(*LATEST_FIRST.columns())
        return csv_rows(HEADER, map(cells, ordered.iterator(chunk_size=1000)))

    return stream(request, lines, content_type=CSV_TYPE, filename="reconnections.csv")


def reconnections_for(request: FirmRequest) -> Any:
    """Of the clients that one may see; with a branch chosen in the selector, of its own."""
    clients = visible(request)
    branch = chosen_branch(request)
    if branch:
        clients = clients.filter(branch=branch)
    rows = ReconnectInvitation.objects.filter(connection_id__in=clients.values("pk"))
    return rows.select_related("connection__branch", "invited_by")


def cells(invitation: ReconnectInvitation) -> Iterator[object]:
    yield invitation.connection.name
    yield invitation.connection.branch.name
    yield invitation.get_kind_display()
    yield invitation.email
    yield invitation.outcome.label
    yield invitation.invited_by or ""
    yield invitation.created_at
    yield invitation.ends_at
