"""Tables for a spreadsheet program, in which no cell can become a formula.

CSV is opened by programs that run any cell starting with = + - @, TAB or CR, so such text gets an
apostrophe in front. XLSX says which cells are text, and keeps every character as it is.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

from xlsxwriter import Workbook

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BYTE_ORDER_MARK = "\ufeff"  # Excel reads UTF-8 only behind it
DANGEROUS = tuple("=+-@\t\r\n＝＋－＠")  # the wide forms too: some locales fold them


def cell(value: object) -> str | int | float | Decimal:
    """The value as a spreadsheet shows it; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, (int, float, Decimal)):
        return value
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def neutral(value: object) -> str | int | float | Decimal:
    """The same, with text that a program would run made plain text."""
    shown = cell(value)
    if isinstance(shown, str) and shown.startswith(DANGEROUS):
        return f"'{shown}"
    return shown


class Echo:
    """A file that hands back what is written to it, for streaming."""

    def write(self, text: str) -> str:
        return text


def csv_rows(
    header: Sequence[str], rows: Iterable[Iterable[object]], *, for_excel: bool = True
) -> Iterator[str]:
    """Lines of a CSV file, one at a time; with the byte-order mark that Excel needs."""
    if for_excel:
        yield BYTE_ORDER_MARK
    yield from csv_lines([header])
    yield from csv_lines(rows)


def csv_lines(rows: Iterable[Iterable[object]]) -> Iterator[str]:
    writer = csv.writer(Echo())
    return (_line(writer, row) for row in rows)


def csv_batches(
    header: Sequence[str], batches: Iterable[Iterable[Iterable[object]]]
) -> Iterator[str]:
    """The same with all rows of a batch in one piece: what was read together is sent together.

    So nothing waits here that its reader may no longer see by the time it is sent (F-058).
    """
    yield from csv_rows(header, ())
    for batch in batches:
        yield "".join(csv_lines(batch))


def _line(writer: Any, row: Iterable[object]) -> str:
    line: str = writer.writerow([neutral(value) for value in row])
    return line


def xlsx_file(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, sheet: str = "Sheet1"
) -> IO[bytes]:
    """A temporary file holding a workbook of one sheet, ready to be read from its start.

    Rows go to disk as they come, so a million of them need no memory.
    """
    file = TemporaryFile()  # noqa: SIM115
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with Workbook(file, options) as book:
        page = book.add_worksheet(sheet)
        page.freeze_panes(1, 0)
        page.write_row(0, 0, list(header), book.add_format({"bold": True}))
        for number, row in enumerate(rows, start=1):
            _write(page, number, row)
    file.seek(0)
    return file


def _write(page: Any, number: int, row: Sequence[object]) -> None:
    for column, value in enumerate(row):
        shown = cell(value)
        if isinstance(shown, str):
            page.write_string(number, column, shown)
        else:
            page.write_number(number, column, shown)
