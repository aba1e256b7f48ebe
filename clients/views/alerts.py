"""The alerts of all clients that one sees: the list, its export, and what is done to some of them
(F-100, F-101)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from clients.actions.alerts import Outcome, acknowledge_alerts, reopen_alerts, snooze_alerts
from clients.forms.alerts import USUAL_SNOOZE, AlertFilterForm, ChosenForm, SnoozeForm
from clients.models import Alert
from clients.permissions import UPDATE_CLIENTS
from practice import clock
from practice.actions.unusual import unusual
from practice.auth import fresh_standing
from practice.errors import Refused
from practice.http import FirmRequest, chosen_branch, open_branches, render_page, stream
from practice.paging import Order, paginate
from practice.permissions import MANAGE_SECURITY, Standing, lacking_all
from practice.spreadsheets import CSV_TYPE, csv_batches

UNUSUAL_SHOWN = timedelta(days=7)
UNUSUAL_MOST = 5
NEWEST_FIRST = Order(("id",), is_descending=True)
BATCH = 500
HEADER = (
    "Client", "Client ID", "Branch", "Alert", "Details", "Event (UTC)", "Raised (UTC)", "State",
    "Snoozed until (UTC)", "Acknowledged by", "Assigned to", "Resolved (UTC)", "How",
)  # fmt: skip
FILTERS = tuple(AlertFilterForm.base_fields)
DONE = ("acknowledged", "snoozed")  # what can be undone from the list


@require_GET
def alert_list(request: FirmRequest) -> HttpResponse:
    form = filter_form(request)
    page = paginate(narrowed(request, form, request.standing), NEWEST_FIRST, request.GET)
    undo = undoable(request)
    context = {
        "form": form,
        "page": page,
        "state": form.state_asked,
        "filters": filters_of(request.GET),
        "usual_snooze": USUAL_SNOOZE,
        "undo": undo,
        "did": request.GET.get("did") if undo else "",
        "lacks": lacking(request),
        "unusual": unusual_of(request),
    }
    return render_page(request, "clients/alert_list.html", context)


def unusual_of(request: FirmRequest) -> Any:
    """What was noticed about the team in the last days, for those who may see to it (F-102)."""
    if not request.standing.holds(MANAGE_SECURITY):
        return []
    recent = unusual(request.firm).filter(happened_at__gt=clock.now() - UNUSUAL_SHOWN)
    return recent.select_related("member__user")[:UNUSUAL_MOST]


def filter_form(request: FirmRequest) -> AlertFilterForm:
    return AlertFilterForm(
        request.GET, branches=open_branches(request), chosen=chosen_branch(request)
    )


def narrowed(request: FirmRequest, form: AlertFilterForm, standing: Standing) -> Any:
    rows = form.narrow(Alert.objects.visible_to(standing), request.user)
    return rows.select_related("connection__branch", "assignee", "acknowledged_by")


def filters_of(query: QueryDict) -> str:
    return urlencode({name: query[name] for name in FILTERS if name in query})


def lacking(request: FirmRequest) -> str:
    """Why nobody's alert can be changed; a tie to a single client may still allow it."""
    return "" if request.standing.branches else lacking_all(request.standing, [UPDATE_CLIENTS])


def undoable(request: FirmRequest) -> list[int]:
    """Ids that the last form changed, from the address; the form that takes them judges them."""
    if request.GET.get("did") not in DONE:
        return []
    form = ChosenForm({"alert": request.GET.get("undo", "").split("-")})
    return form.cleaned_data["alert"] if form.is_valid() else []


@require_GET
def alert_export(request: FirmRequest) -> StreamingHttpResponse:
    form = filter_form(request)
    return stream(
        request,
        lambda: csv_batches(HEADER, batches(request, form)),
        content_type=CSV_TYPE,
        filename="alerts.csv",
    )


def batches(request: FirmRequest, form: AlertFilterForm) -> Iterator[list[list[object]]]:
    """Each under the rights and ties of its moment (F-058)."""
    last: Alert | None = None
    while True:
        standing = fresh_standing(request.user.pk, request.firm.pk)
        if standing is None:
            return
        rows = narrowed(request, form, standing).order_by("-pk")
        batch = list((rows.filter(pk__lt=last.pk) if last else rows)[:BATCH])
        yield [list(cells(alert)) for alert in batch]
        if len(batch) < BATCH:
            return
        last = batch[-1]


def cells(alert: Alert) -> Iterator[object]:
    client = alert.connection
    yield from (client.name, client.client_number, client.branch.name)
    yield from (alert.get_kind_display(), alert.says, alert.since, alert.raised_at)
    yield from (alert.state.label, alert.snoozed_until, alert.acknowledged_by or "")
    yield from (alert.assignee or "", alert.resolved_at, alert.get_outcome_display())


@require_POST
def alert_acknowledge(request: FirmRequest) -> HttpResponse:
    return changed(request, ChosenForm(request.POST), acknowledge_alerts, "acknowledged")


@require_POST
def alert_snooze(request: FirmRequest) -> HttpResponse:
    return changed(request, SnoozeForm(request.POST), snooze_alerts, "snoozed")


@require_POST
def alert_reopen(request: FirmRequest) -> HttpResponse:
    return changed(request, ChosenForm(request.POST), reopen_alerts, "open again")


def changed(
    request: FirmRequest, form: ChosenForm, act: Callable[..., Outcome], did: str
) -> HttpResponse:
    """404 for an alert that the person does not see; what they may not change is said."""
    if not form.is_valid():
        for error in form.errors.values():
            messages.error(request, str(error[0]))
        return redirect(list_url(request, QueryDict(request.POST.get("filters", "")[:500])))
    facts = dict(form.cleaned_data)
    ids, kept, back = set(facts.pop("alert")), facts.pop("filters"), facts.pop("back")
    require_seen(request, ids)
    try:
        outcome = act(request.firm.pk, ids, by=request.user, **facts)
    except Refused as refusal:
        messages.error(request, str(refusal))
        outcome = Outcome()
    for why, many in outcome.refused.items():
        messages.error(request, f"{in_words(many)} not changed. {why}")
    if outcome.changed and (back or did not in DONE):
        messages.success(request, f"{in_words(len(outcome.changed))} {did}.")
    if back and len(ids) == 1:
        return redirect("clients:alert", request.firm.slug, ids.pop())
    return redirect(list_url(request, QueryDict(kept), outcome.changed, did))


def in_words(many: int) -> str:
    return "One alert is" if many == 1 else f"{many} alerts are"


def require_seen(request: FirmRequest, ids: set[int]) -> None:
    seen = Alert.objects.visible_to(request.standing).filter(pk__in=ids).count()
    if seen != len(ids):
        raise Http404("No such alert.")


def list_url(
    request: FirmRequest, kept: QueryDict, changed: Sequence[int] = (), did: str = ""
) -> str:
    """The list as it was filtered, and what can be undone there."""
    words = {name: kept[name] for name in FILTERS if name in kept}
    if changed and did in DONE:
        words |= {"did": did, "undo": "-".join(map(str, changed))}
    url = reverse("clients:alert-list", kwargs={"firm_slug": request.firm.slug})
    return f"{url}?{urlencode(words)}" if words else url
