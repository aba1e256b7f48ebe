"""The plan of one Bill Us client: what another costs, and the change (F-125, F-250).

A client that is not billed yet begins with its first plan by the same page.
"""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from billing.actions.bill_us import why_closed
from billing.actions.spans import change_plan
from billing.actions.unbilled import bill_one
from billing.forms.subscriptions import PlanForm
from billing.models import Plan, Span
from billing.proration import Move
from billing.reckoning import day_there, simulate
from billing.views.methods import lacks
from billing.views.simulator import shown
from clients.http import get_connection
from clients.models import Connection
from clients.roles import BillingModel, ConnectionStatus
from practice import clock
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require
from practice.permissions import MANAGE_BILLING, VIEW_BILLING

SAME = "{} is on the plan {} already. Choose another."


@require_http_methods(["GET", "POST"])
def client_plan(request: FirmRequest, connection_id: int) -> HttpResponse:
    """`?plan=` shows what it does to the coming invoices; POST does it, from today on."""
    connection = get_connection(request, connection_id)
    branch = connection.branch
    require(request.user, VIEW_BILLING, branch)
    if connection.billing_model != BillingModel.BILL_US:
        raise Http404("The firm pays nothing for this client.")
    if request.method == "POST":
        require(request.user, MANAGE_BILLING, branch)
    branch.firm = request.firm
    span = Span.objects.open().select_related("plan").filter(connection=connection).first()
    asked = request.POST if request.method == "POST" else request.GET
    form = PlanForm(
        asked if request.method == "POST" or "plan" in asked else None,
        initial={"plan": span.plan.code} if span else {},
        currency=branch.currency,
    )
    if form.is_bound and form.is_valid():
        plan = form.cleaned_data["plan"]
        if span and span.plan_id == plan.pk:
            form.add_error("plan", SAME.format(connection.name, plan))
        elif request.method == "POST" and changed(request, connection, span, plan, form):
            return redirect("clients:client-detail", request.firm.slug, connection.pk)
    return page_of(request, connection, span, form)


def changed(
    request: FirmRequest, connection: Connection, span: Span | None, plan: Plan, form: PlanForm
) -> bool:
    """Whether it is done; the form says why not."""
    try:
        if span:
            change_plan(connection, plan, by=request.user)
        else:
            bill_one(connection, plan, by=request.user)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"{connection.name} is on the plan {plan} from today on.")
    return True


def page_of(
    request: FirmRequest, connection: Connection, span: Span | None, form: PlanForm
) -> HttpResponse:
    branch = connection.branch
    closed = "" if span else why_closed(branch)
    context: dict[str, Any] = {
        "connection": connection,
        "branch": branch,
        "span": span,
        "form": form,
        "why_closed": closed,
        "why_not": lacks(request, branch) or closed,
        "is_billable": span is not None or connection.status == ConnectionStatus.ACTIVE,
    }
    if form.is_bound and form.is_valid():
        plan = form.cleaned_data["plan"]
        move = Move.CHANGE_PLAN if span else Move.ADD
        today = day_there(clock.now(), request.firm.time_zone)
        found = simulate(branch, connection if span else None, move, today, plan)
        context |= {"plan": plan, **shown(found, branch)}
    status = 422 if form.errors else 200
    return render_page(request, "billing/client_plan.html", context, status=status)
