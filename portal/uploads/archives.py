"""Zip archives, and the documents that are zips inside: limits, names, and what lies in them.

What an archive says about itself is believed only as far as it does harm: sizes are counted again
while its files are read.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from portal.uploads.finding import found_in, pieces
from portal.uploads.names import extension_of, refuse_outside
from portal.uploads.problems import FileRefused
from portal.uploads.signatures import SIGNATURES, refuse_signature

MB = 1024 * 1024
MOST_ENTRIES = 2_000
MOST_UNPACKED = 300 * MB
MOST_RATIO = 200
RATIO_FROM = 10 * MB  # below it nothing is a bomb
DEEPEST = 2  # archives within the archive
KEPT_IN_MEMORY = 2 * MB
# Where the list of contents begins and how long it is, in the last record of a zip.
END, END_64 = b"PK\5\6", b"PK\6\7"
END_SIZE, LOCATOR_SIZE, LONGEST_COMMENT = 22, 20, 65_535
MOST_LISTED = MOST_ENTRIES * 512  # bytes

DAMAGED = "It is damaged: it cannot be opened as an archive."
LOCKED = "It is locked by a password, so that nobody can check it."
TOO_MANY = f"It holds more than {MOST_ENTRIES:,} files."
TOO_LARGE = "Unpacked it would be far larger than what is taken."
TOO_DEEP = f"It holds archives more than {DEEPEST} deep."
CLIMBS = "A name in it points outside of the archive."
FORBIDDEN = "It holds a kind of file that is not taken: .{}."
# What runs when it is opened.
RUNS = frozenset(
    "ade adp app bat chm cmd com cpl dll docm exe hta htm html inf ins iso jar js jse lnk mht mhtml"
    " msc msi msp mst pif potm ppam pptm ps1 reg scr sct sh shtml svg svgz sys url vb vbe vbs wsc"
    " wsf wsh xhtml xht xlam xlsm xltm xml xsl xslt".split()
)


@dataclass
class Budget:
    """What is left for an archive and all that is packed in it."""

    entries: int = MOST_ENTRIES
    size: int = MOST_UNPACKED

    def take_entry(self) -> None:
        self.entries -= 1
        if self.entries < 0:
            raise FileRefused(TOO_MANY)

    def take(self, size: int) -> None:
        self.size -= size
        if self.size < 0:
            raise FileRefused(TOO_LARGE)


def entries_of(file: IO[bytes]) -> list[ZipInfo]:
    """Raises `FileRefused`, also for a list of contents that would fill the memory."""
    refuse_long_list(file)
    try:
        with ZipFile(file) as zipped:
            return zipped.infolist()
    except (BadZipFile, ValueError, OSError, NotImplementedError) as wrong:
        raise FileRefused(DAMAGED) from wrong


def refuse_long_list(file: IO[bytes]) -> None:
    """Looks at the record that `zipfile` will go by, before it does."""
    size = file.seek(0, 2)
    start = max(0, size - END_SIZE - LONGEST_COMMENT - LOCATOR_SIZE)
    file.seek(start)
    tail = file.read(size - start)
    at = len(tail) - END_SIZE
    if not (tail[at:].startswith(END) and tail.endswith(b"\0\0")):
        at = tail.rfind(END)
    if at < 0 or len(tail) - at < END_SIZE:
        raise FileRefused(DAMAGED)
    if tail[max(0, at - LOCATOR_SIZE) : at].startswith(END_64):
        raise FileRefused(TOO_LARGE)  # an archive of more than 4 GB, or one that says so
    (listed,) = struct.unpack_from("<I", tail, at + 12)
    if listed > MOST_LISTED:
        raise FileRefused(TOO_MANY)


def check_archive(
    file: IO[bytes], *, is_document: bool = False, budget: Budget | None = None, depth: int = 0
) -> None:
    """Read all that is in it, archives within it too. Raises `FileRefused`.

    A document is made of files that are refused in other archives, and is never unpacked.
    """
    budget = budget or Budget()
    if depth > DEEPEST:
        raise FileRefused(TOO_DEEP)
    entries = entries_of(file)
    for entry in entries:
        budget.take_entry()
        refuse_entry(entry, is_document=is_document)
    try:
        with ZipFile(file) as zipped:
            for entry in entries:
                if not entry.is_dir():
                    read_entry(zipped, entry, budget, depth)
    except (BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, NotImplementedError) as bad:
        raise FileRefused(DAMAGED) from bad


def refuse_entry(entry: ZipInfo, *, is_document: bool) -> None:
    """By what the archive says about it."""
    if entry.flag_bits & 0x1:
        raise FileRefused(LOCKED)
    try:
        refuse_outside(entry.orig_filename)
    except FileRefused as climbs:
        raise FileRefused(CLIMBS) from climbs
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise FileRefused(DAMAGED)
    if entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * entry.compress_size:
        raise FileRefused(TOO_LARGE)
    extension = extension_of(entry.filename)
    if not is_document and extension in RUNS:
        raise FileRefused(FORBIDDEN.format(extension))


def read_entry(zipped: ZipFile, entry: ZipInfo, budget: Budget, depth: int) -> None:
    """Counted while it is unpacked; what is an archive itself is looked into."""
    with zipped.open(entry) as inside:
        first = inside.read(4)
    is_archive = first == b"PK\3\4"
    with zipped.open(entry) as inside, SpooledTemporaryFile(KEPT_IN_MEMORY) as copy:

        def counted() -> Iterator[bytes]:
            for piece in pieces(inside):
                budget.take(len(piece))
                if is_archive:
                    copy.write(piece)
                yield piece

        refuse_signature(found_in(counted(), SIGNATURES))
        if is_archive:
            check_archive(copy, is_document=is_document(copy), budget=budget, depth=depth + 1)


def is_document(file: IO[bytes]) -> bool:
    names = {entry.filename for entry in entries_of(file)}
    return bool(names & {"[Content_Types].xml", "mimetype"})
