"""Company settings: the client's own account, for its owner (F-049)."""

from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from clients.actions.companies import update_company
from clients.forms.connections import CompanyForm
from clients.models import ClientAccount
from clients.models.external import ConnectedFirm, connected_firms, works_for
from practice.errors import Refused
from practice.http import FirmRequest, render_page
from practice.spreadsheets import CSV_TYPE, csv_rows

OWNER_ALONE = (
    "This page is for the owner of the account alone: who owns it, its subscription, what it keeps,"
    " and which accountants it lets in."
)


@require_GET
def company_list(request: FirmRequest) -> HttpResponse:
    """The companies that the signed-in person owns, each with its accountants (F-147); a panel of
    the home page."""
    companies = list(ClientAccount.objects.filter(owner=request.user))
    firms: dict[int, list[ConnectedFirm]] = {company.pk: [] for company in companies}
    for firm in connected_firms(*companies):
        firms[firm.account_id].append(firm)
    context = {"companies": [(company, firms[company.pk]) for company in companies]}
    return render_page(request, "clients/company_list.html", context, fragment="panel")


@require_http_methods(["GET", "POST"])
def company_settings(request: FirmRequest, account_id: int) -> HttpResponse:
    account = get_company(request, account_id)
    form = CompanyForm(request.POST or None, instance=account)
    if form.is_valid() and saved(request, account, form):
        return redirect("clients:company-settings", account.pk)
    status = 422 if form.is_bound else 200
    context = {"account": account, "form": form}
    return render_page(request, "clients/company_settings.html", context, status=status)


def get_company(request: FirmRequest, account_id: int) -> ClientAccount:
    """One that the person owns. Who works for it at a firm knows it, and gets no further (F-146);
    for anybody else there is none."""
    account = ClientAccount.objects.filter(owner=request.user, pk=account_id).first()
    if account is None:
        if works_for(account_id, request.user):
            raise PermissionDenied(OWNER_ALONE)
        raise Http404("No such company.")
    return account


def company_file(
    account: ClientAccount, name: str, header: Sequence[str], rows: Iterable[Iterable[object]]
) -> HttpResponse:
    """A table of the company's pages as CSV, read before it is answered: the system reads it."""
    response = HttpResponse("".join(csv_rows(header, rows)), content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}-{account.pk}.csv"'
    return response


def saved(request: FirmRequest, account: ClientAccount, form: CompanyForm) -> bool:
    try:
        update_company(account, by=request.user, **form.cleaned_data)
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, "Company settings saved.")
    return True
