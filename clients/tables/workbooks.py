"""XLSX workbooks, read without trusting them: what they unpack to is bounded before it is read."""

import re
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import ParseError  # nosec B405: the exception alone
from zipfile import BadZipFile, ZipFile, ZipInfo

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from clients.tables.lines import MOST_COLUMNS, MOST_LINES, Line, Table, Unreadable

MOST_UNPACKED = 100 * 1024 * 1024  # bytes
MOST_PARTS = 2000
MOST_ELEMENTS = 5_000_000  # signs "<" in its XML: parsing time goes with them
MOST_SCANNED = 1_048_576  # rows of a sheet, blank ones included
NO_WORKBOOK = "This ZIP file holds no Excel workbook. Unpack it, or export the clients as XLSX."
OPEN_DOCUMENT = "This is an OpenDocument or Numbers file. Save it as .xlsx or CSV."
BOMB = "This workbook unpacks to more than 100 MB. Keep only the sheet with the clients."
TOO_MUCH = (
    "This workbook holds too many cells. Keep only the sheet and the columns with the clients."
)
DAMAGED = "This workbook is damaged. Open it in a spreadsheet program and save it again."
# All that openpyxl, zipfile and the XML parser raise over a file somebody tampered with.
FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BadZipFile,
    EOFError,
    InvalidFileException,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)
NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")


def read_workbook(data: bytes) -> Table:
    """The lines of the first visible sheet that has any."""
    inspect(data)
    try:
        return first_table(data)
    except FAULTS as error:
        raise Unreadable(DAMAGED) from error


def inspect(data: bytes) -> None:
    """Refuse by the archive's own list of parts; reading a part never yields more than it lists."""
    try:
        archive = ZipFile(BytesIO(data))
    except FAULTS as error:
        raise Unreadable(DAMAGED) from error
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if names & {"mimetype", "Index/Document.iwa"}:
        raise Unreadable(OPEN_DOCUMENT)
    if not any(name.endswith("workbook.xml") for name in names):
        raise Unreadable(NO_WORKBOOK)
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Unreadable(BOMB)
    try:
        elements = sum(count_elements(archive, part) for part in parts)
    except FAULTS as error:
        raise Unreadable(DAMAGED) from error
    if elements > MOST_ELEMENTS:
        raise Unreadable(TOO_MUCH)


def count_elements(archive: ZipFile, part: ZipInfo) -> int:
    if not part.filename.lower().endswith((".xml", ".rels")):
        return 0
    with archive.open(part) as file:
        return sum(chunk.count(b"<") for chunk in iter(lambda: file.read(1 << 20), b""))


def first_table(data: bytes) -> Table:
    book = load_workbook(BytesIO(data), read_only=True, data_only=True, keep_links=False)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    for sheet in sheets:
        lines = list(lines_of(sheet))
        if lines:
            more = " Its other sheets were left out." if len(sheets) > 1 else ""
            return Table(lines, f"Read as an Excel workbook, sheet “{sheet.title}”.{more}")
    return Table()


def lines_of(sheet: Any) -> Iterator[Line]:
    """Lines that hold anything. Formulas come as the values that were last calculated."""
    sheet.reset_dimensions()
    count = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > MOST_SCANNED or count > MOST_LINES + 1:
            return
        if any(value is not None for value in row):
            count += 1
            yield Line(number, [text_of(value) for value in trimmed(row)])


def trimmed(row: tuple[Any, ...]) -> list[Any]:
    """Without the empty cells at the end, and never wider than what is refused anyway."""
    last = max(index for index, value in enumerate(row) if value is not None)
    return list(row[: min(last, MOST_COLUMNS) + 1])


def text_of(value: Any) -> str:
    """What a person sees in the cell. Excel keeps 1001 as 1001.0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value).upper()
    if isinstance(value, datetime):
        plain = value.time() == time()
        return value.date().isoformat() if plain else value.isoformat(" ", "seconds")
    if isinstance(value, date):
        return value.isoformat()
    return NO_TEXT.sub("\ufffd", str(value))
