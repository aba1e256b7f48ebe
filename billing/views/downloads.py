"""A table as a file: CSV, or a workbook for `?format=xlsx`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse

from practice.http import FirmRequest, stream
from practice.spreadsheets import CSV_TYPE, XLSX_TYPE, csv_rows, xlsx_file

PIECE = 64 * 1024
BATCH = 500
Row = TypeVar("Row", bound=Model)
Rows = Callable[[], Iterable[Sequence[object]]]


def download(
    request: FirmRequest, name: str, header: Sequence[str], rows: Rows
) -> StreamingHttpResponse:
    if request.GET.get("format") == "xlsx":
        return stream(
            request,
            lambda: workbook(header, rows()),
            content_type=XLSX_TYPE,
            filename=f"{name}.xlsx",
        )
    return stream(
        request,
        lambda: csv_rows(header, rows()),
        content_type=CSV_TYPE,
        filename=f"{name}.csv",
    )


def batches(rows: QuerySet[Row]) -> Iterator[list[Row]]:
    """All of them, so many at a time: what belongs to them is read in sets."""
    left = rows.iterator(chunk_size=BATCH)
    while batch := list(islice(left, BATCH)):
        yield batch


def workbook(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Made on disk, then sent."""
    with xlsx_file(header, rows) as file:
        while data := file.read(PIECE):
            yield data
