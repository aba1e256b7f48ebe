"""Settings > Staff: the firms' people who may open the account, and the way to shut it (F-218)."""

from collections.abc import Callable, Iterator

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clients.actions.client_consent import decline_access, disable_access, reinstate_access
from clients.forms.relationships import DISABLE, DISCONNECT, RemoveFirmForm
from clients.models import Connection
from clients.models.external import ConnectedFirm, StaffMember, connected_firms, staff_of
from clients.views.company import company_file, get_company
from clients.views.company_access import get_firm
from practice.errors import Refused
from practice.http import FirmRequest, render_page

HEADINGS = ["Firm", "Branch", "Access Status", "Person", "Role", "Last visit"]
DISABLED = "{} can no longer open the account. “Reinstate” opens it again."
REINSTATED = "{} can open the account again."
DECLINED = "{} is told that you declined. The account stays closed to it."

Listed = list[tuple[ConnectedFirm, list[StaffMember]]]


@require_GET
def company_staff(request: FirmRequest, account_id: int) -> HttpResponse:
    account = get_company(request, account_id)
    firms = connected_firms(account)
    people = staff_of(firms)
    listed = [(firm, people.get(firm.connection_id, [])) for firm in firms]
    if request.GET.get("format") == "csv":
        return company_file(account, "staff", HEADINGS, lines(listed))
    context = {"account": account, "firms": listed}
    return render_page(request, "clients/company_staff.html", context)


def lines(listed: Listed) -> Iterator[list[object]]:
    for firm, people in listed:
        for person in people:
            access = firm.access_status.label
            of_firm = [firm.firm_name, firm.branch_name, access]
            yield [*of_firm, person.name, person.role_label, person.last_visit_at]


@require_POST
def company_disable(request: FirmRequest, account_id: int, connection_id: int) -> HttpResponse:
    return changed(request, account_id, connection_id, disable_access, DISABLED)


@require_POST
def company_reinstate(request: FirmRequest, account_id: int, connection_id: int) -> HttpResponse:
    return changed(request, account_id, connection_id, reinstate_access, REINSTATED)


@require_POST
def company_decline(request: FirmRequest, account_id: int, connection_id: int) -> HttpResponse:
    return changed(request, account_id, connection_id, decline_access, DECLINED)


def changed(
    request: FirmRequest,
    account_id: int,
    connection_id: int,
    act: Callable[..., Connection],
    says: str,
) -> HttpResponse:
    """Each is the way back from the other."""
    account = get_company(request, account_id)
    firm = get_firm(account, connection_id)
    try:
        act(Connection(pk=connection_id), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, says.format(firm.firm_name))
    return redirect("clients:company-staff", account.pk)


@require_http_methods(["GET", "POST"])
def company_remove(request: FirmRequest, account_id: int, connection_id: int) -> HttpResponse:
    """Which of the two: the account is shut to the firm, or the connection ends (F-218a)."""
    account = get_company(request, account_id)
    firm = get_firm(account, connection_id)
    form = RemoveFirmForm(request.POST if request.method == "POST" else None, firm=firm)
    if form.is_valid():
        how = form.cleaned_data["how"]
        if how == DISABLE:
            return changed(request, account_id, connection_id, disable_access, DISABLED)
        page = "disconnect" if how == DISCONNECT else "request-disconnection"
        return redirect(f"clients:company-{page}", account.pk, connection_id)
    context = {"account": account, "firm": firm, "form": form}
    status = 422 if form.is_bound else 200
    return render_page(request, "clients/company_remove.html", context, status=status)
