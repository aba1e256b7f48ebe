"""Tax returns in the portal: how far each is, its file, and the approval (F-180, F-181)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from clients.contact_rules import ACT_ON_TAX, VIEW_TAX
from clients.models import ContactAccess
from portal.actions.tax_approval import approve_tax_return
from portal.forms.tax import ApproveForm
from portal.http import PortalRequest, get_access, require_contact
from portal.models import ClientFile, TaxReturn
from portal.models.tax import TaxReturnQuerySet
from portal.tabs import PortalTab
from portal.todo import TodoItem
from practice.errors import Refused
from practice.http import render_page
from practice.paging import Order, paginate
from practice.spreadsheets import CSV_TYPE, csv_rows

ORDER = Order(("year", "pk"), is_descending=True)
HEADER = (
    "Tax return", "Year", "Step", "To be filed by", "Ready to sign since", "Filed on",
    "Approved by", "Approved (UTC)",
)  # fmt: skip


@require_safe
def tax(request: PortalRequest, connection_id: int) -> HttpResponse:
    access = come_in(request, connection_id)
    page = paginate(TaxReturn.objects.of(access.connection_id), ORDER, request.GET)
    return render_page(request, "portal/tax.html", {"page": page})


@require_safe
def tax_export(request: PortalRequest, connection_id: int) -> HttpResponse:
    access = come_in(request, connection_id)
    rows = TaxReturn.objects.of(access.connection_id).order_by(*ORDER.columns())
    text = "".join(csv_rows(HEADER, map(cells, rows)))
    response = HttpResponse(text, content_type=CSV_TYPE)
    response["Content-Disposition"] = f'attachment; filename="tax-returns-{connection_id}.csv"'
    return response


def cells(row: TaxReturn) -> Iterator[object]:
    yield row.title
    yield row.year
    yield row.get_step_display()
    yield row.due_on
    yield row.ready_on
    yield row.filed_on
    yield row.approver
    yield row.approved_at


@require_http_methods(["GET", "HEAD", "POST"])
def tax_return(request: PortalRequest, connection_id: int, tax_id: int) -> HttpResponse:
    """How far it is; once it is ready, the file and the approval of it."""
    access = come_in(request, connection_id)
    rows = TaxReturn.objects.of(access.connection_id)
    found: TaxReturn | None = rows.filter(pk=tax_id).first()
    if found is None:
        raise Http404("No such tax return.")
    act = access.explain(ACT_ON_TAX)
    form = None
    if request.method == "POST":
        require_contact(access, ACT_ON_TAX)
        form = ApproveForm(request.POST)
        if form.is_valid():
            try:
                sha256 = form.cleaned_data["sha256"]
                approve_tax_return(found, access, by=request.user, sha256=sha256)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, f"{request.portal.firm.name} has your approval.")
                return redirect(request.portal.url("tax-return", connection_id, tax_id))
    elif found.waits_for_client and found.file:
        form = ApproveForm(initial={"sha256": found.file.sha256})
    context = {
        "tax_return": found,
        "files": files_about(access, found),
        "form": form,
        "act": act,
    }
    status = 422 if form and form.is_bound else 200
    return render_page(request, "portal/tax_return.html", context, status=status)


def files_about(access: ContactAccess, found: TaxReturn) -> Iterable[ClientFile]:
    """Its own file first, then the others of its year in the folder (S2.9)."""
    rows = ClientFile.objects.seen_by(access).filter(folder__kind="tax_return")
    about = list(rows.filter(year=found.year)[:50])
    own = [found.file] if found.file and found.file.is_seen_by(access) else []
    return [*own, *(file for file in about if file.pk != found.file_id)]


def come_in(request: PortalRequest, connection_id: int) -> ContactAccess:
    access = get_access(request, connection_id)
    require_contact(access, VIEW_TAX)
    return access


def waiting(accesses: Sequence[ContactAccess]) -> TaxReturnQuerySet:
    """For those who may approve."""
    asked = [one.connection_id for one in accesses if one.explain(ACT_ON_TAX).allowed]
    rows: TaxReturnQuerySet = TaxReturn.objects.to_approve().filter(connection_id__in=asked)
    return rows


def counts(accesses: Sequence[ContactAccess]) -> Mapping[int, int]:
    rows = waiting(accesses).order_by().values("connection_id").annotate(count=Count("pk"))
    return dict(rows.values_list("connection_id", "count"))


def returns_to_approve(accesses: Sequence[ContactAccess]) -> list[TodoItem]:
    return [
        TodoItem(
            connection_id=row.connection_id,
            kind="Tax return",
            icon="file-check",
            title=f"Approve {row}",
            detail="Ready to sign",
            action="Read and approve",
            url_name="tax-return",
            url_args=(row.pk,),
            since=row.created_at,
            due_on=row.due_on,
        )
        for row in waiting(accesses)[:200]
    ]


TAB = PortalTab(label="Tax", url_name="tax", actions=(VIEW_TAX,), order=40, counts=counts)
