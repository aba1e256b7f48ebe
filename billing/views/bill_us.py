"""Add Client > Charge Us (Bill Us): plan, account, review, “Create Client Account” (F-116…F-118).

Every step is a form that carries the answers of the others in hidden fields: nothing is kept on the
server, and Back loses nothing. `?branch=` is who pays; `?step=` names the page that is wanted;
without it, the account is created.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from billing.actions.bill_us import Owner, create_bill_us, why_closed
from billing.forms.bill_us import FIELDS, AccountForm, BranchForm, PlanForm
from billing.views.costs import cost_of
from clients.actions.numbers import next_client_number
from clients.actions.opening import NewClient, refuse_taken_numbers
from clients.permissions import CREATE_CLIENTS, TO_CHARGE
from clients.roles import BillingModel
from clients.views.client_add import without_branch
from practice.errors import Refused
from practice.http import FirmRequest, chosen_branch, render_page
from practice.models import Branch
from practice.permissions import MANAGE_BILLING

STEPS = {"plan": "Plan", "account": "Account", "review": "Review"}


@require_http_methods(["GET", "POST"])
def bill_us(request: FirmRequest) -> HttpResponse:
    if not branches(request).exists():
        return without_branch(request, TO_CHARGE)
    branch = branch_of(request)
    wanted = request.GET.get("step", "plan" if request.method == "GET" else "")
    answers: dict[str, Any] = {}
    for step in ("plan", "account"):
        if step == wanted:
            return step_page(request, branch, step, form_of(request, branch, step, is_asked=True))
        form = form_of(request, branch, step)
        if not is_good(request, step, form):
            return step_page(request, branch, step, form, status=422)
        answers |= form.cleaned_data
    if wanted == "review":
        return review(request, branch, answers)
    return created(request, branch, answers)


def branch_of(request: FirmRequest) -> Branch:
    """Who pays: asked for, else chosen, else the first on which the person may."""
    allowed = branches(request)
    asked, chosen = request.GET.get("branch", ""), chosen_branch(request)
    wanted = int(asked) if asked.isdecimal() and len(asked) < 19 else chosen and chosen.pk
    found: Branch = allowed.filter(pk=wanted).first() or allowed[0]
    return found


def branches(request: FirmRequest) -> Any:
    rows = Branch.objects.open().where(request.standing, CREATE_CLIENTS)
    return rows.where(request.standing, MANAGE_BILLING).select_related("firm")


def form_of(request: FirmRequest, branch: Branch, step: str, *, is_asked: bool = False) -> Form:
    """The form of a step with what was typed; asked for, it says nothing of mistakes yet."""
    data = None if is_asked else request.POST
    initial: dict[str, Any] = {name: request.POST[name] for name in FIELDS if name in request.POST}
    if step == "plan":
        return PlanForm(data, initial=initial, currency=branch.currency)
    usual = {"client_number": next_client_number(request.firm), "country": branch.country}
    return AccountForm(data, initial={**usual, **initial})


def is_good(request: FirmRequest, step: str, form: Form) -> bool:
    """A Client ID that is taken is said where it was typed (F-118); once sent, the action says."""
    is_valid = form.is_valid()
    if is_valid and step == "account" and request.GET.get("step") == "review":
        try:
            refuse_taken_numbers(request.firm, [form.cleaned_data["client_number"]])
        except Refused as refusal:
            form.add_error("client_number", str(refusal))
    return form.is_valid()


def step_page(
    request: FirmRequest, branch: Branch, step: str, form: Form, status: int = 200
) -> HttpResponse:
    names = list(STEPS)
    place = names.index(step)
    allowed = branches(request)
    context = {
        "branch": branch,
        "branch_form": BranchForm(initial={"branch": branch.pk}, branches=allowed),
        "has_choice": step == "plan" and len(allowed[:2]) > 1,
        "form": form,
        "step": step,
        "number": place + 1,
        "next": names[place + 1],
        "back": names[place - 1] if place else "",
        "steps": steps(step),
        "kept": kept(request, form.fields),
        "why_closed": why_closed(branch),
    }
    return render_page(request, "billing/bill_us.html", context, status=status)


def review(
    request: FirmRequest, branch: Branch, answers: dict[str, Any], refusal: str = ""
) -> HttpResponse:
    answers["client_number"] = answers["client_number"] or next_client_number(request.firm)
    context = {
        "branch": branch,
        "answers": answers,
        "cost": cost_of(branch, answers["plan"]),
        "steps": steps("review"),
        "back": "account",
        "kept": [*kept(request, ("client_number",)), ("client_number", answers["client_number"])],
        "why_closed": why_closed(branch),
        "refusal": refusal,
    }
    status = 422 if refusal else 200
    return render_page(request, "billing/bill_us_review.html", context, status=status)


def created(request: FirmRequest, branch: Branch, answers: dict[str, Any]) -> HttpResponse:
    client = NewClient(
        name=answers["name"],
        billing_model=BillingModel.BILL_US,
        client_number=answers["client_number"],
        contact_name=answers["contact_name"],
        contact_email=answers["contact_email"],
        country=answers["country"],
    )
    owner = Owner(answers["owner_name"], answers["owner_email"])
    try:
        connection = create_bill_us(branch, answers["plan"], client, owner, by=request.user)
    except Refused as refusal:
        return review(request, branch, answers, str(refusal))
    says = f"{connection.name} is created as Bill Us. {owner.email} gets a mail to sign in by."
    messages.success(request, says)
    return redirect("clients:client-detail", request.firm.slug, connection.pk)


def steps(current: str) -> list[tuple[str, bool]]:
    return [(label, name == current) for name, label in STEPS.items()]


def kept(request: FirmRequest, shown: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The answers of the other steps, for hidden fields."""
    for name in FIELDS:
        if name in request.POST and name not in shown:
            yield name, request.POST[name]
