"""The list as a file: the filtered rows, the columns on screen (F-086d's rule, for export)."""

from collections.abc import Iterator

from django.http import HttpResponseBase
from django.views.decorators.http import require_GET

from clients import permissions as p
from clients.filters import ClientFilter
from clients.http import ListPage, in_branch, require_of_a_client
from clients.models import Connection, Tag
from clients.models.client_file import EVERY, header_of, line
from practice.auth import fresh_standing
from practice.http import FirmRequest, stream
from practice.spreadsheets import CSV_TYPE, csv_batches

HEADER = header_of(EVERY)
BATCH = 500


@require_GET
def client_export(request: FirmRequest) -> HttpResponseBase:
    """Rows that may be exported, in the order of the list; streamed, memory flat."""
    require_of_a_client(request, p.EXPORT_CLIENTS)
    page = ListPage(request, request.GET)
    return stream(
        request,
        lambda: csv_batches(HEADER, batches(page)),
        content_type=CSV_TYPE,
        filename="clients.csv",
    )


def batches(page: ListPage) -> Iterator[list[list[str]]]:
    """Along the keyset, each under the rights and ties of its moment (F-058)."""
    request = page.request
    tags = dict(Tag.objects.for_firm(request.firm).values_list("pk", "name"))
    after = None
    while True:
        standing = fresh_standing(request.user.pk, request.firm.pk)
        if standing is None:
            return
        exportable = Connection.objects.filter(firm_id=request.firm.pk)
        exportable = exportable.for_standing(standing, p.EXPORT_CLIENTS)
        filters = ClientFilter(page.query, queryset=exportable, clocks=page.clocks)
        rows = in_branch(request, filters.qs, filters).select_related("branch")
        batch = (
            page.order.after(rows, after, BATCH) if after else list(page.order.sorted(rows)[:BATCH])
        )
        yield [line(row, tags) for row in batch]
        if len(batch) < BATCH:
            return
        after = page.order.cursor_of(batch[-1])
