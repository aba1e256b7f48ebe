"""Extend Trial (F-135)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from clients import permissions as p
from clients.actions.trials import extend_trial
from clients.forms.trials import TrialForm
from clients.http import get_connection
from clients.models import ClientAccount, Connection
from clients.models.accounts import MOST_DAYS
from practice.errors import Refused
from practice.http import FirmRequest, render_page, require


@require_http_methods(["GET", "POST"])
def client_extend_trial(request: FirmRequest, connection_id: int) -> HttpResponse:
    connection = get_connection(request, connection_id)
    require(request.user, p.UPDATE_CLIENTS, connection)
    require(request.user, p.OPEN_ACCOUNT, connection)
    account = ClientAccount.objects.get(pk=connection.account_id)
    data = request.POST if request.method == "POST" else None
    form = TrialForm(data, initial={"days": MOST_DAYS, "number": account.trial_extensions + 1})
    if form.is_valid():
        return extended(request, connection, form)
    if account.why_not_extended:
        messages.error(request, account.why_not_extended)
        return back(request, connection)
    context = {"connection": connection, "account": account, "form": form}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/client_extend_trial.html", context, status=status)


def extended(request: FirmRequest, connection: Connection, form: TrialForm) -> HttpResponse:
    try:
        account = extend_trial(connection, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        ends = account.trial_ends_on
        if ends:
            messages.success(request, f"The trial now ends on {ends.day} {ends:%b %Y}.")
    return back(request, connection)


def back(request: FirmRequest, connection: Connection) -> HttpResponse:
    return redirect("clients:client-dashboard", request.firm.slug, connection.pk)
