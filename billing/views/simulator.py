"""What if: the coming invoices before and after a move, by the arithmetic of the run (F-250)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from billing.forms.simulator import SimulatorForm
from billing.models import Plan, Span
from billing.proration import Item, Move
from billing.reckoning import Forecast, Simulation, day_there, simulate
from billing.views.branch_billing import billing_tabs
from billing.views.scope import billed_branch
from billing.views.workings import Worked, balance_steps, worked
from clients.http import visible
from clients.models import Connection
from clients.models.connections import ConnectionQuerySet
from clients.roles import BillingModel
from practice import clock
from practice.http import FirmRequest, render_page
from practice.models import Branch

DONE = {
    Move.ADD: "A client on the plan {plan} is added on {day}.",
    Move.PAUSE: "{name} is paused on {day}: that day is not billed any more.",
    Move.RESUME: "{name} is resumed on {day}: that day is billed again.",
    Move.DISCONNECT: "{name} is disconnected on {day}: that day is not billed any more.",
    Move.CHANGE_PLAN: "{name} is on the plan {plan} from {day} on.",
}


@dataclass(frozen=True)
class Month:
    """The invoice of one month before and after, and the client's own lines on it."""

    month: date
    before: Decimal
    after: Decimal
    difference: Decimal
    steps_before: list[str]
    steps_after: list[str]
    lines_before: list[Worked]
    lines_after: list[Worked]


@require_GET
def simulator(request: FirmRequest) -> HttpResponse:
    """Nothing is written: the address holds the question, and may be kept."""
    branch = billed_branch(request)
    context: dict[str, Any] = {"branch": branch, "tabs": billing_tabs(request)}
    status = 200
    if branch:
        form = asked(request, branch)
        context["form"] = form
        if form.is_valid():
            context |= answer(form, branch)
        status = 422 if form.errors else 200
    return render_page(
        request, "billing/simulator.html", context, fragment="simulation", status=status
    )


def asked(request: FirmRequest, branch: Branch) -> SimulatorForm:
    """An empty form, for a client where a link names one, until something is asked."""
    return SimulatorForm(
        request.GET if "move" in request.GET else None,
        branch=branch,
        clients=simulated_clients(request, branch),
        today=day_there(clock.now(), request.firm.time_zone),
        client=request.GET.get("client", "")[:200],
    )


def simulated_clients(request: FirmRequest, branch: Branch) -> ConnectionQuerySet:
    return visible(request).filter(branch_id=branch.pk, billing_model=BillingModel.BILL_US)


def answer(form: SimulatorForm, branch: Branch) -> dict[str, Any]:
    facts = form.cleaned_data
    move, on, plan = Move(facts["move"]), facts["on"], facts["plan"]
    connection: Connection | None = facts.get("connection")
    if refusal := cannot(connection, move, on, plan):
        form.add_error(None, refusal)
        return {}
    found = simulate(branch, connection, move, on, plan)
    name = connection.name if connection else ""
    words = {"name": name, "plan": plan or "", "day": f"{on.day} {on:%B %Y}"}
    return {"said": DONE[move].format(**words), **shown(found, branch)}


def cannot(connection: Connection | None, move: Move, on: date, plan: Plan | None) -> str:
    """Why the move would do nothing, or ""."""
    if connection is None:
        return ""
    spans = Span.objects.filter(connection=connection)
    running = spans.running_on(on).select_related("plan").first()
    if not spans.exists():
        return f"{connection.name} was never billed, so nothing can change. Add it instead."
    if move == Move.RESUME and running:
        return f"{connection.name} is billed on that day already."
    if move in {Move.PAUSE, Move.DISCONNECT, Move.CHANGE_PLAN} and not running:
        return f"{connection.name} is not billed on that day, so nothing would change."
    if move == Move.CHANGE_PLAN and running and plan and running.plan_id == plan.pk:
        return f"{connection.name} is on the plan {plan} already."
    return ""


def shown(found: Simulation, branch: Branch) -> dict[str, Any]:
    plans = dict(Plan.objects.values_list("pk", "name"))
    currency = branch.currency

    def said(items: Iterable[Item]) -> list[Worked]:
        return [worked(item, plans[item.plan_id], currency) for item in items]

    return {
        "now": said([found.now])[0] if found.now else None,
        "months": [month_of(one, said, currency) for one in found.months],
    }


def month_of(one: Forecast, said: Any, currency: str) -> Month:
    return Month(
        one.month,
        one.before.total,
        one.after.total,
        one.difference,
        list(balance_steps(one.before, currency)),
        list(balance_steps(one.after, currency)),
        said(one.items_before),
        said(one.items_after),
    )
