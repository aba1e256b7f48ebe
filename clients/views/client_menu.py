"""The quick actions of one row (F-036): a menu beside the row, a page without a script."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from clients import permissions as p
from clients.actions.owners import NEEDS as HAND_OVER
from clients.http import get_connection, may_bring_back
from clients.models import Connection
from clients.models.handover import needed
from clients.roles import ConnectionStatus
from practice.auth import explain
from practice.http import FirmRequest, render_page


@dataclass(frozen=True)
class Entry:
    """One action: a URL, or the sentence why it is closed."""

    label: str
    url: str = ""
    lacks: str = ""


@require_GET
def client_menu(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    context = {"connection": connection, "entries": entries(request, connection)}
    return render_page(request, "clients/client_menu.html", context, fragment="menu")


def entries(request: FirmRequest, connection: Connection) -> list[Entry]:
    def url(view: str, suffix: str = "") -> str:
        kwargs = {"firm_slug": request.firm.slug, "connection_id": connection.pk}
        return reverse(f"clients:{view}", kwargs=kwargs) + suffix

    def guarded(label: str, permission: str, view: str, suffix: str = "") -> Entry:
        verdict = explain(request.user, permission, connection)
        if not verdict.allowed:
            return Entry(label, lacks=verdict.reason)
        return Entry(label, url(view, suffix))

    paused = connection.status == ConnectionStatus.PAUSED
    return [
        Entry("View", url("client-detail")),
        guarded("Edit Client", p.UPDATE_CLIENTS, "client-edit"),
        guarded("Edit Tags", p.UPDATE_CLIENTS, "client-tags"),
        guarded("Change Branch", p.CHANGE_BRANCH, "client-change-branch"),
        Entry("Team Assignments", url("client-team")),
        guarded("Access Settings", p.UPDATE_ACCESS, "client-access-settings"),
        guarded("Resume Relationship", p.PAUSE_CLIENTS, "client-resume")
        if paused
        else guarded("Pause Relationship", p.PAUSE_CLIENTS, "client-pause"),
        guarded("Disconnect Client", p.DISCONNECT_CLIENTS, "client-disconnect"),
        guarded("Handover pack", needed(connection), "client-handover"),
        guarded("Hand over account", HAND_OVER, "client-owner"),
        Entry("Switch Billing Model", url("client-switch-model")),
        *([] if connection.is_open else [Entry("Historical records", url("client-records"))]),
        *ways_back(request, connection),
    ]


def ways_back(request: FirmRequest, connection: Connection) -> list[Entry]:
    """Of a client that has ended, or is asked back: pages of `invitations` (F-080, F-081)."""
    pages = {
        ConnectionStatus.DISCONNECTED: [
            ("Reconnect Client", "client-reconnect"),
            ("Generate new invitation link", "client-new-link"),
        ],
        ConnectionStatus.RECONNECTING: [("Cancel reconnection", "client-reconnect-cancel")],
    }
    offered = pages.get(ConnectionStatus(connection.status), [])
    if not offered:
        return []
    verdict = may_bring_back(request, connection)
    if not verdict.allowed:
        return [Entry(label, lacks=verdict.reason) for label, _ in offered]
    kwargs = {"firm_slug": request.firm.slug, "connection_id": connection.pk}
    return [Entry(label, reverse(f"invitations:{page}", kwargs=kwargs)) for label, page in offered]
