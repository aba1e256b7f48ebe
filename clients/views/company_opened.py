"""“Who opened my records”: the client's ledger, for the owner of its account (F-245)."""

from collections.abc import Iterator

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from clients.actions.ledger import verify
from clients.forms.ledger import SealForm
from clients.models import ClientAccount, LedgerEntry
from clients.models.ledger import LedgerEntryQuerySet
from clients.views.company import get_company
from practice.http import FirmRequest, render_page
from practice.paging import Order, paginate
from practice.spreadsheets import CSV_TYPE, csv_rows
from practice.tenancy import as_system

NEWEST_FIRST = Order(("id",), is_descending=True)
HEADER = ("When (UTC)", "Person", "Firm", "Opened", "Why they could", "Block", "Seal of the block")
BATCH = 500


@require_safe
def company_opened(request: FirmRequest, account_id: int) -> HttpResponse:
    account = get_company(request, account_id)
    with as_system():
        page = paginate(entries_of(account), NEWEST_FIRST, request.GET)
    context = {"account": account, "page": page}
    return render_page(request, "clients/company_opened.html", context)


@require_safe
def company_verify(request: FirmRequest, account_id: int) -> HttpResponse:
    """Recomputes the chain; nothing is written."""
    account = get_company(request, account_id)
    form = SealForm(request.GET)
    seal = form.cleaned_data["seal"] if form.is_valid() else ""
    context = {"account": account, "form": form, "chain": verify(account, seal), "seal": seal}
    status = 200 if form.is_valid() else 422
    return render_page(request, "clients/company_verify.html", context, status=status)


@require_safe
def company_opened_export(request: FirmRequest, account_id: int) -> StreamingHttpResponse:
    account = get_company(request, account_id)
    lines = csv_rows(HEADER, map(cells, batches(account)))
    response = StreamingHttpResponse(lines, content_type=CSV_TYPE)
    name = f"who-opened-{account.pk}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def entries_of(account: ClientAccount) -> LedgerEntryQuerySet:
    """The rows are the firms', which the owner is not part of: the system reads."""
    rows: LedgerEntryQuerySet = LedgerEntry.objects.about(account)
    return rows.select_related("user", "firm", "block")


def batches(account: ClientAccount) -> Iterator[LedgerEntry]:
    """Along the keyset, for as long as the account has the same owner."""
    last = None
    while True:
        with as_system():
            if not ClientAccount.objects.filter(pk=account.pk, owner=account.owner_id).exists():
                return
            rows = entries_of(account).order_by("-pk")
            found = list((rows.filter(pk__lt=last) if last else rows)[:BATCH])
        yield from found
        if len(found) < BATCH:
            return
        last = found[-1].pk


def cells(entry: LedgerEntry) -> Iterator[object]:
    yield entry.at
    yield entry.user
    yield entry.firm.name
    yield entry.get_page_display()
    yield entry.why
    yield entry.block.number if entry.block else ""
    yield entry.block.seal if entry.block else ""
