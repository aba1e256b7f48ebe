"""The Client Dashboard of one client: its account as the firm sees it (F-129…F-141)."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from clients import permissions as p
from clients.http import get_connection
from clients.models import ClientAccount, Connection, UsageSnapshot
from clients.models.health import findings
from clients.views.access_requests import waiting_at
from clients.views.alert import alerts_of
from clients.views.client_detail import workspace
from practice import clock
from practice.auth import explain
from practice.http import FirmRequest, render_page, require
from practice.permissions import Verdict

NOT_YET = "The Client Dashboard opens once the client has accepted."


@require_GET
def client_dashboard(request: FirmRequest, connection_id: int) -> HttpResponse:
    """Open to those who hold access to the account (F-039), once it is connected (F-139)."""
    connection = get_connection(request, connection_id)
    if not connection.was_accepted:
        raise Http404(NOT_YET)
    verdict = explain(request.user, p.OPEN_ACCOUNT, connection)
    if verdict.decisive.name == "Access":
        return shut(request, connection, verdict)
    require(request.user, p.OPEN_ACCOUNT, connection)
    usage = UsageSnapshot.objects.filter(connection=connection).first()
    found = findings(usage, clock.now())
    account = ClientAccount.objects.select_related("owner").get(pk=connection.account_id)
    head = workspace(request, connection, "dashboard")
    context = {
        **head,
        "account": account,
        "extend_lacks": account.why_not_extended or head["verdicts"]["edit"],
        "usage": usage,
        "findings": found,
        "alerts": alerts_of(connection),
        "failed": sum(finding.is_failed for finding in found),
        "may_end": explain(request.user, p.DISCONNECT_CLIENTS, connection),
    }
    return render_page(request, "clients/client_dashboard.html", context)


def shut(request: FirmRequest, connection: Connection, verdict: Verdict) -> HttpResponse:
    """The firm’s own access is missing: its Access Status and why, nothing of the account (C14)."""
    context = {
        **workspace(request, connection, "dashboard"),
        "why": verdict.reason,
        "waiting": waiting_at(connection),
    }
    return render_page(request, "clients/client_dashboard_shut.html", context, status=403)
