"""Text tables: commas, semicolons, tabs or bars; quotation marks that were left open."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from clients.tables.encodings import decode
from clients.tables.lines import MOST_LINES, TOO_LONG, Line, Table, Unreadable

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SAMPLE = 30  # lines
MOST_PHYSICAL = 1_000_000  # an address in one cell may take several
MOST_BROKEN = 100
BROKEN = "A quotation mark stands inside a value or is never closed. Write it twice or remove it."
TOO_BROKEN = (
    "More than {} rows have stray quotation marks, the first in row {}. Export the file again."
)


def read_delimited(data: bytes) -> Table:
    text, encoding = decode(data)
    if text.count("\n") + text.count("\r") > MOST_PHYSICAL:
        raise Unreadable(TOO_LONG.format(MOST_LINES))
    lines = list(io.StringIO(text.rstrip("\x1a"), newline=""))
    if not lines:
        return Table()
    separator = declared_separator(lines)
    if separator:
        lines[0] = "\n"
    else:
        separator = guess_separator(lines[:SAMPLE])
    found = [
        line for line in islice(records(lines, separator), 4 * MOST_LINES) if not line.is_blank
    ]
    return Table(found, f"Read as {encoding} with {SEPARATORS[separator]} between the values.")


def declared_separator(lines: list[str]) -> str:
    """Excel's own first line, `sep=;`, or nothing."""
    first = lines[0].strip('\r\n "').lower()
    known = first.startswith("sep=") and first[4:] in SEPARATORS
    return first[4:] if known else ""


def guess_separator(sample: list[str]) -> str:
    """The one that splits most lines into the same number of values, and into the most."""
    best, best_score = ",", (0.0, 0)
    for separator in SEPARATORS:
        try:
            widths = Counter(len(row) for row in csv.reader(sample, delimiter=separator) if row)
        except csv.Error:
            continue
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        score = (round(count / widths.total(), 1), width)
        if width > 1 and score > best_score:
            best, best_score = separator, score
    return best


def records(lines: list[str], separator: str) -> Iterator[Line]:
    """Rows one by one. One with a stray quotation mark is kept as it is, and reading goes on."""
    number = at = broken = first_broken = 0
    while at < len(lines):
        start = at
        reader = csv.reader(islice(lines, at, None), delimiter=separator, strict=True)
        try:
            for cells in reader:
                number += 1
                yield Line(number, cells)
                start = at + reader.line_num
            return
        except csv.Error:
            number, broken = number + 1, broken + 1
            first_broken = first_broken or number
        if broken > MOST_BROKEN:
            raise Unreadable(TOO_BROKEN.format(MOST_BROKEN, first_broken))
        yield Line(number, [lines[start].strip()], BROKEN)
        at = start + 1
