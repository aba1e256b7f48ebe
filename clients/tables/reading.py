"""From the bytes of an uploaded file to lines, whatever program wrote them."""

from clients.tables.delimited import read_delimited
from clients.tables.lines import MOST_COLUMNS, MOST_LINES, TOO_LONG, Line, Table, Unreadable
from clients.tables.workbooks import read_workbook

__all__ = ["Line", "Table", "Unreadable", "read_table"]

EMPTY = "The file is empty."
TOO_WIDE = "The file has more than {} columns. Keep the columns about clients."
ZIP = b"PK\x03\x04"
FOREIGN = {
    b"\xd0\xcf\x11\xe0": (
        "This is an old Excel workbook (.xls) or one with a password. Save it as .xlsx"
        " without a password, or as CSV."
    ),
    b"%PDF": "This is a PDF document. Export the clients as CSV or XLSX.",
    b"\x89PNG": "This is a picture. Export the clients as CSV or XLSX.",
    b"\xff\xd8\xff": "This is a picture. Export the clients as CSV or XLSX.",
    b"\x1f\x8b": "This is a compressed file. Unpack it first.",
    b"{\\rtf": "This is a text document. Export the clients as CSV or XLSX.",
    b"<!DOCTYPE": "This is a web page. Export the clients as CSV or XLSX.",
    b"<html": "This is a web page. Export the clients as CSV or XLSX.",
}


def read_table(data: bytes) -> Table:
    """The lines of a CSV, TSV, semicolon or XLSX file. Raises `Unreadable`."""
    if not data.strip():
        raise Unreadable(EMPTY)
    for mark, says in FOREIGN.items():
        if data.startswith(mark):
            raise Unreadable(says)
    table = read_workbook(data) if data.startswith(ZIP) else read_delimited(data)
    if not table.lines:
        raise Unreadable(EMPTY)
    if len(table.lines) > MOST_LINES + 1:
        raise Unreadable(TOO_LONG.format(MOST_LINES))
    if any(len(line.cells) > MOST_COLUMNS for line in table.lines):
        raise Unreadable(TOO_WIDE.format(MOST_COLUMNS))
    return table
