"""One client: the workspace, titled "Close" in its breadcrumb (C32)."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_GET

from clients import permissions as p
from clients.filters import tags_of_firm
from clients.forms.activity import EventFilterForm
from clients.http import ListPage, get_connection, in_branch, may_bring_back, visible
from clients.models import (
    AccessVisit,
    ActivityEvent,
    ClientAccount,
    Connection,
    ContactAccess,
    TeamAssignment,
    UsageDay,
    UsageSnapshot,
)
from clients.models.engagement import engagement_of
from clients.models.turns import ACCESS_LEVEL, RESTRICTION, last_turn
from clients.roles import BillingModel, ClientRole, ConnectionStatus, SubscriptionStatus
from clients.views.alert import alerts_of
from practice import clock
from practice.auth import explain
from practice.http import FirmRequest, render_page
from practice.paging import numbered
from practice.permissions import VIEW_BILLING

EVENTS_SHOWN = 8
CHARTS = ("transactions", "logins", "invoices")  # of the Activity tab (F-093)
OF_ONE_TAB = (
    "page", "person", "format", "on", "kind", "since", "until", "words", "done", "finished",
    "recipient", "state", "priority", "assignee",
)  # fmt: skip
TABS = (
    ("overview", "Overview", "clients:client-detail"),
    ("dashboard", "Client Dashboard", "clients:client-dashboard"),
    ("activity", "Activity", "clients:client-activity"),
    ("notes", "Notes", "clients:client-notes"),
    ("tasks", "Tasks", "clients:client-tasks"),
    ("tickets", "Tickets", "clients:client-tickets"),
    ("questions", "Questions", "portal:client-questions"),  # of an app above, as Files
    ("emails", "Email history", "clients:client-emails"),
    ("files", "Files", "portal:client-files"),
    ("tax", "Tax", "portal:client-tax"),
    ("contacts", "Contacts", "clients:client-contacts"),
    ("team", "Team Assignments", "clients:client-team"),
    ("history", "Access history", "clients:client-access-history"),
    ("who", "Who could see it", "clients:client-who"),
)


def workspace(request: FirmRequest, connection: Connection, tab: str) -> dict[str, Any]:
    """What the head of every tab shows: state, buttons, tabs, and the neighbours in the list."""
    asked = {
        "edit": p.UPDATE_CLIENTS,
        "open": p.OPEN_ACCOUNT,
        "set_up": p.GRANT_ACCESS,
        "access": p.UPDATE_ACCESS,
    }
    verdicts = {name: explain(request.user, code, connection) for name, code in asked.items()}
    walk = walk_of(request)
    tie_role = connection.tie_role_of(request.standing)
    return {
        "connection": connection,
        "verdicts": verdicts,
        "tie_role": tie_role,
        "tabs": tabs(request, connection, walk),
        "tab": tab,
        "tab_label": next(label for key, label, _ in TABS if key == tab),
        "walk": walk,
        "tie_role_label": dict(ClientRole.choices).get(tie_role or "", ""),
        "month_labels": month_labels(),
        "view_verdict": explain(request.user, p.VIEW_CLIENT, connection),
        **before_and_after(request, connection),
        **neighbours(request, connection, walk),
    }


def before_and_after(request: FirmRequest, connection: Connection) -> dict[str, Any]:
    """The connection that this one followed, the one that followed it, and the way back (F-081)."""
    rows = visible(request).only("pk", "name", "billing_model", "client_number")
    found: dict[str, Any] = {}
    if connection.supersedes_id:
        found["earlier"] = rows.filter(pk=connection.supersedes_id).first()
    if connection.status == ConnectionStatus.DISCONNECTED:
        found["later"] = rows.filter(supersedes=connection).order_by("-pk").first()
    if connection.status in (ConnectionStatus.DISCONNECTED, ConnectionStatus.RECONNECTING):
        found["may_bring_back"] = may_bring_back(request, connection)
    return found


def walk_of(request: FirmRequest) -> str:
    """The list that one came from, as tabs and neighbours carry it."""
    kept = request.GET.copy()
    for name in OF_ONE_TAB:
        kept.pop(name, None)
    return f"?{kept.urlencode()}" if kept else ""


def tabs(
    request: FirmRequest, connection: Connection, walk: str
) -> list[tuple[str, str, str, None]]:
    kwargs = {"firm_slug": request.firm.slug, "connection_id": connection.pk}
    return [
        (key, label, reverse(view, kwargs=kwargs) + walk, None)
        for key, label, view in TABS
        if key != "dashboard" or connection.was_accepted
    ]


def month_labels() -> list[str]:
    """The last twelve months, oldest first, as the usage snapshot counts them."""
    month = clock.today().replace(day=1)
    labels = []
    for _ in range(12):
        labels.append(f"{month:%b}")
        month = (month - timedelta(days=1)).replace(day=1)
    return labels[::-1]


def neighbours(request: FirmRequest, connection: Connection, walk: str) -> dict[str, str]:
    """The clients before and after this one in the list that one came from (F-038a)."""
    page = ListPage(request, request.GET)
    rows = in_branch(request, page.filters.qs, page.filters).only(
        "pk", "name_sort", "connected_on", "last_activity_at"
    )
    here = page.order.cursor_of(connection)
    found = {
        "previous_url": page.order.before(rows, here, 1),
        "next_url": page.order.after(rows, here, 1),
    }
    return {
        name: client_url(request, beside[0].pk) + walk if beside else ""
        for name, beside in found.items()
    }


def client_url(request: FirmRequest, connection_id: int) -> str:
    kwargs = {"firm_slug": request.firm.slug, "connection_id": connection_id}
    return reverse("clients:client-detail", kwargs=kwargs)


def reported(connection: Connection) -> dict[str, Any]:
    """What the client’s package reported, and the score it makes now; None where it did not."""
    usage = UsageSnapshot.objects.filter(connection=connection).first()
    return {"usage": usage, "engagement": engagement_of(usage, clock.now()) if usage else None}


@require_GET
def client_detail(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    accounts = ClientAccount.objects.select_related("owner")
    account = accounts.filter(pk=connection.account_id).first()
    context = {
        **workspace(request, connection, "overview"),
        **reported(connection),
        "account": account,
        "renews_on": renewal_of(connection, account),
        "tags": tags_of_firm(connection.firm_id, connection.tag_ids).values(),
        "team": team_of(connection),
        "last_visit": AccessVisit.objects.filter(connection=connection)
        .select_related("user")
        .first(),
        "events": events_of(connection)[:EVENTS_SHOWN],
        "is_bill_us": connection.billing_model == BillingModel.BILL_US,
        "may_see_bill": connection.billing_model == BillingModel.BILL_US
        and explain(request.user, VIEW_BILLING, connection.branch).allowed,
        "level_turn": last_turn(connection, ACCESS_LEVEL),
        "restriction_turn": last_turn(connection, RESTRICTION)
        if connection.is_restricted
        else None,
        "may_read_notes": explain(request.user, p.VIEW_CLIENT_NOTES, connection).allowed,
    }
    return render_page(request, "clients/client_detail.html", context)


def renewal_of(connection: Connection, account: ClientAccount | None) -> date | None:
    """Who pays for itself says when; a branch pays for its clients on the first of each month
    (F-043, F-122)."""
    if connection.billing_model != BillingModel.BILL_US:
        return account.renews_on if account else None
    is_billed = connection.plan and connection.subscription_status == SubscriptionStatus.ACTIVE
    if not is_billed or connection.status != ConnectionStatus.ACTIVE:
        return None
    return (clock.today().replace(day=1) + timedelta(days=32)).replace(day=1)


def team_of(connection: Connection) -> Any:
    ties = TeamAssignment.objects.running().filter(content_object=connection)
    people = ties.select_related("user", "granted_by")
    return people.order_by("-is_primary", "user__full_name", "pk")


def events_of(connection: Connection) -> Any:
    return ActivityEvent.objects.filter(connection=connection).select_related("actor")


@require_GET
def client_activity(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    form = EventFilterForm(request.GET)
    context = {
        **workspace(request, connection, "activity"),
        **reported(connection),
        "alerts": alerts_of(connection),
        "months": UsageDay.objects.of_months(connection, CHARTS),
        "form": form,
        "page": numbered(form.narrow(events_of(connection)), request.GET),
        "kept": QueryDict(walk_of(request).removeprefix("?")).lists(),
    }
    status = 200 if form.is_valid() else 422
    return render_page(request, "clients/client_activity.html", context, status=status)


@require_GET
def client_contacts(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    people = ContactAccess.objects.filter(connection=connection).select_related("contact")
    context = {
        **workspace(request, connection, "contacts"),
        "people": people.order_by("-is_primary", "contact__name"),
    }
    return render_page(request, "clients/client_contacts.html", context)
