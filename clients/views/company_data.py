"""“Download my data”, for the owner of a client account alone (F-221)."""

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from clients.actions.own_data import MOST_A_DAY, latest_download, open_download, start_download
from clients.models.own_data import own_tables
from clients.views.company import get_company
from practice.errors import Refused
from practice.http import FirmRequest, render_page

ZIP_TYPE = "application/zip"
PROGRESS = "own-data-progress"  # the element that asks again every second


@require_http_methods(["GET", "POST"])
def company_data(request: FirmRequest, account_id: int) -> HttpResponse:
    """What is in it, and the button; then the progress, then the file."""
    account = get_company(request, account_id)
    if request.method == "POST":
        try:
            start_download(account, by=request.user)
        except Refused as refusal:
            messages.error(request, str(refusal))
        return redirect("clients:company-data", account.pk)
    latest = latest_download(account)
    if request.htmx.target == PROGRESS and not (latest and latest.is_running):
        return HttpResponseClientRefresh()
    context = {
        "account": account,
        "latest": latest,
        "tables": own_tables(),
        "most": MOST_A_DAY,
    }
    return render_page(request, "clients/company_data.html", context, fragment="progress")


@require_POST
def company_data_file(request: FirmRequest, account_id: int) -> HttpResponseBase:
    """The zip, until it expires."""
    account = get_company(request, account_id)
    try:
        file = open_download(account, by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("clients:company-data", account.pk)
    name = f"my-data-{account.pk}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type=ZIP_TYPE)
