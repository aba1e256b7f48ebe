"""What every kind of file becomes: numbered lines of cells."""

from dataclasses import dataclass, field

from practice.errors import Refused

MOST_COLUMNS = 200
MOST_LINES = 50_000
TOO_LONG = "The file has more than {:,} rows. Split it into several files."


class Unreadable(Refused):
    """The file as a whole cannot be read; the message says why and what to do."""


@dataclass(frozen=True)
class Line:
    """One line with its number as a spreadsheet program shows it, from 1."""

    number: int
    cells: list[str]
    problem: str = ""

    @property
    def is_blank(self) -> bool:
        return not self.problem and not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True)
class Table:
    """The lines that hold anything, and a sentence about how the file was read."""

    lines: list[Line] = field(default_factory=list)
    notice: str = ""
