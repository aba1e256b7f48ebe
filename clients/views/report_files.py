"""Files of "Generate reports", offered in Reports (F-086f)."""

from django.http import HttpResponseBase
from django.views.decorators.http import require_GET

from clients.models import BulkAction, BulkRun
from clients.models.client_file import KINDS
from practice.http import FirmRequest, render_page, require_anywhere
from practice.paging import Order, paginate
from practice.permissions import VIEW_REPORTS

NEWEST_FIRST = Order(("created_at", "id"), is_descending=True)


@require_GET
def report_files(request: FirmRequest) -> HttpResponseBase:
    """One's own, finished or on their way; a Super Admin sees everybody's."""
    require_anywhere(request, VIEW_REPORTS)
    rows = BulkRun.objects.visible_to(request.standing).filter(action=BulkAction.REPORTS)
    page = paginate(rows.select_related("started_by"), NEWEST_FIRST, request.GET)
    found = [(run, KINDS[run.parameters["kind"]].label) for run in page if run.parameters]
    context = {"page": page, "found": found}
    return render_page(request, "clients/report_files.html", context, fragment="files")
