"""Change Branch: choose one, read what it means for the team, then move (F-050…F-051d)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.actions.transfer_effects import Change, Effect, transfer_effects
from clients.actions.transfers import transfer_connection
from clients.forms.access import BranchForm, TransferForm
from clients.http import get_connection, visible
from clients.models import Connection
from clients.roles import BillingModel
from clients.views.client_detail import client_url
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require
from practice.models import Branch

MOST_NAMED = 50
CHANGES = (
    (Change.GAINS, "gains access", "good"),
    (Change.ELIGIBLE, "gains it once assigned", "info"),
    (Change.LOSES, "loses access", "bad"),
    (Change.KEEPS, "keeps access", "mute"),
)
SAYS = {change: (label, tone) for change, label, tone in CHANGES}


@require_http_methods(["GET", "POST"])
def client_change_branch(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.CHANGE_BRANCH, connection)
    branches = Branch.objects.open().where(request.standing, p.CHANGE_BRANCH)
    if request.method == "POST":
        return moved(
            request, connection, TransferForm(request.POST, **narrowed(connection, branches))
        )
    asked = request.GET if "branch" in request.GET else None
    choice = BranchForm(asked, **narrowed(connection, branches))
    if not choice.is_valid():
        return page(request, connection, choice)
    form = TransferForm(**narrowed(connection, branches))
    return page(request, connection, form, choice.cleaned_data["branch"])


def narrowed(connection: Connection, branches: Any) -> dict[str, Any]:
    return {"connection": connection, "branches": branches}


def moved(request: FirmRequest, connection: Connection, form: TransferForm) -> HttpResponse:
    source = connection.branch
    if not form.is_valid():
        return page(request, connection, form, form.cleaned_data.get("branch"))
    branch = form.cleaned_data["branch"]
    try:
        outcome = transfer_connection(connection, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return page(request, connection, form, branch)
    if outcome.is_changed:
        messages.success(request, done(request, connection, source, branch))
    else:
        messages.info(request, outcome.why)
    return redirect(where_next(request, connection))


def done(request: FirmRequest, connection: Connection, source: Branch, branch: Branch) -> str:
    """With the way back: a transfer in the other direction."""
    kwargs = {"firm_slug": request.firm.slug, "connection_id": connection.pk}
    back = reverse("clients:client-change-branch", kwargs=kwargs) + f"?branch={source.pk}"
    words = '{} is now in {}. <a href="{}">Undo: transfer it back to {}</a>'
    return format_html(words, connection.name, branch.name, back, source.name)


def where_next(request: FirmRequest, connection: Connection) -> str:
    """The client, unless it moved out of the person's own sight."""
    if visible(request).filter(pk=connection.pk).exists():
        return client_url(request, connection.pk)
    return reverse("clients:client-list", kwargs={"firm_slug": request.firm.slug})


def page(
    request: FirmRequest, connection: Connection, form: TransferForm, target: Branch | None = None
) -> HttpResponse:
    """The picker; with a target, what moving there means, and the button."""
    context: dict[str, Any] = {"connection": connection, "form": form}
    if target is not None and target != connection.branch:
        effects = transfer_effects(connection, target)
        context |= {
            "target": target,
            "groups": [group(effects, change) for change, *_ in CHANGES],
            "is_other_currency": target.currency != connection.branch.currency,
            "is_bill_us": connection.billing_model == BillingModel.BILL_US,
        }
    status = 422 if form.errors else 200
    return render_page(request, "clients/client_change_branch.html", context, status=status)


def group(effects: list[Effect], change: Change) -> dict[str, Any]:
    """The people to whom this happens: the first fifty by name, and how many more."""
    found = [effect for effect in effects if effect.change == change]
    label, tone = SAYS[change]
    return {
        "change": change,
        "label": label,
        "tone": tone,
        "shown": found[:MOST_NAMED],
        "total": len(found),
        "more": max(0, len(found) - MOST_NAMED),
    }
