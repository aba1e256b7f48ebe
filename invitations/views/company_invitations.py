"""What firms ask a company: a panel of the owner's External Access (F-080, F-084)."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from clients.views.company import get_company
from invitations.models import ReconnectInvitation
from invitations.models.links import ReconnectLink
from practice.http import FirmRequest, render_page
from practice.tenancy import as_system


@require_GET
def company_invitations(request: FirmRequest, account_id: int) -> HttpResponse:
    """The owner of the account answers by the same page as the link in the mail."""
    account = get_company(request, account_id)
    with as_system():  # they belong to firms, which the owner is not part of
        rows = ReconnectInvitation.objects.pending().filter(connection__account=account)
        found = list(rows.select_related("connection__firm").order_by("ends_at", "pk"))
    asked = [(row, ReconnectLink(row.pk, row.nonce, is_mailed=False).token) for row in found]
    context = {"account": account, "asked": asked}
    template = "invitations/company_invitations.html"
    return render_page(request, template, context, fragment="panel")
