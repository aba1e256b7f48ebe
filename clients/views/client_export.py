"""The list as a file: the filtered rows, the columns on screen (F-086d's rule, for export)."""

from collections.abc import Iterator

from django.db import connection as database
from django.http import HttpResponseBase
from django.views.decorators.http import require_GET

from clients import permissions as p
from clients.actions.ledger import record_list_export
from clients.filters import ClientFilter
from clients.http import ListPage, in_branch, require_of_a_client
from clients.models import Connection, Tag
from clients.models.client_file import EVERY, header_of, line
from clients.models.connections import ConnectionQuerySet
from clients.models.listing import WALK
from clients.models.ordering import Cursor
from practice import tenancy
from practice.auth import fresh_standing
from practice.http import FirmRequest, stream
from practice.permissions import Standing
from practice.spreadsheets import CSV_TYPE, csv_batches

HEADER = header_of(EVERY)
BATCH = 500


@require_GET
def client_export(request: FirmRequest) -> HttpResponseBase:
    """Rows that may be exported, in the order of the list; streamed, memory flat.

    The ledgers of the clients say so before their lines are sent: who breaks the download off has
    read what came (F-245).
    """
    require_of_a_client(request, p.EXPORT_CLIENTS)
    page = ListPage(request, request.GET)
    return stream(
        request,
        lambda: csv_batches(HEADER, batches(page)),
        content_type=CSV_TYPE,
        filename="clients.csv",
        is_one_transaction=False,
    )


def exportable(page: ListPage, standing: Standing) -> ConnectionQuerySet:
    rows = Connection.objects.filter(firm_id=standing.firm_id)
    rows = rows.for_standing(standing, p.EXPORT_CLIENTS)
    filters = ClientFilter(page.query, queryset=rows, clocks=page.clocks)
    found: ConnectionQuerySet = in_branch(page.request, filters.qs, filters)
    return found


def batches(page: ListPage) -> Iterator[list[list[str]]]:
    """Along the keyset, each in a transaction of its own under the rights and ties of its moment
    (F-058): once a batch is sent, its entries in the ledgers stay."""
    after: Cursor | None = None
    is_over = False
    while not is_over:
        with tenancy.in_firm(page.request.firm.pk, page.request.user.pk):
            batch = next_batch(page, after)
            record_list_export(batch, by=page.request.user)
            tags = tags_of(batch)
        yield [line(row, tags) for row in batch]
        is_over = len(batch) < BATCH
        after = None if is_over else page.order.cursor_of(batch[-1])


def next_batch(page: ListPage, after: Cursor | None) -> list[Connection]:
    standing = fresh_standing(page.request.user.pk, page.request.firm.pk)
    if standing is None:
        return []
    rows = exportable(page, standing).select_related("branch")
    with database.cursor() as cursor:
        cursor.execute(WALK)
    batch = page.order.after(rows, after, BATCH) if after else page.order.first(rows, BATCH)
    for row in batch:
        row.firm = page.request.firm
    return batch


def tags_of(batch: list[Connection]) -> dict[int, str]:
    """Names by id, of the tags that the batch has."""
    ids = {tag_id for row in batch for tag_id in row.tag_ids}
    return dict(Tag.objects.filter(pk__in=ids).values_list("pk", "name"))
