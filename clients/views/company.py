"""Company settings: the client's own account, for its owner (F-049)."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods

from clients.actions.companies import update_company
from clients.forms.connections import CompanyForm
from clients.models import ClientAccount
from practice.http import FirmRequest, render_page


@require_GET
def company_list(request: FirmRequest) -> HttpResponse:
    """The companies that the signed-in person owns; a panel of the home page."""
    companies = ClientAccount.objects.filter(owner=request.user)
    return render_page(
        request, "clients/company_list.html", {"companies": companies}, fragment="panel"
    )


@require_http_methods(["GET", "POST"])
def company_settings(request: FirmRequest, account_id: int) -> HttpResponse:
    account = ClientAccount.objects.filter(owner=request.user, pk=account_id).first()
    if account is None:
        raise Http404("No such company.")
    form = CompanyForm(request.POST or None, instance=account)
    if form.is_valid():
        update_company(account, by=request.user, **form.cleaned_data)
        messages.success(request, "Company settings saved.")
        return redirect("clients:company-settings", account.pk)
    status = 422 if form.is_bound else 200
    context = {"account": account, "form": form}
    return render_page(request, "clients/company_settings.html", context, status=status)
