"""The kinds of files that are taken, and how their content shows that they are (F-178).

An extension is what the sender says, so the content must say it too.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO

import puremagic

from portal.uploads.archives import check_archive, entries_of
from portal.uploads.finding import found_in, pieces
from portal.uploads.problems import FileRefused

HEAD = 4096
MACROS = "It holds macros. Save it without them, and send that."
IS_A_PAGE = "It is a web page or a drawing that can run a script."
PAGES = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"<head", b"<body", b"<iframe")
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = b"PK\3\4"
# All that is below a space, but for tab, line feed, form feed, carriage return and escape.
NOT_IN_TEXT = bytes(set(range(32)) - {9, 10, 12, 13, 27})


@dataclass(frozen=True)
class Kind:
    """`fits` is asked whether the content is of the kind; it may raise `FileRefused` instead."""

    label: str
    extensions: tuple[str, ...]
    content_type: str
    fits: Callable[[IO[bytes], bytes], bool]


def by_magic(*extensions: str) -> Callable[[IO[bytes], bytes], bool]:
    """Its first bytes are those of one of these."""

    def fits(_file: IO[bytes], head: bytes) -> bool:
        return bool(magic_of(head) & set(extensions))

    return fits


def magic_of(head: bytes) -> set[str]:
    """What the first bytes may be the beginning of, as extensions without the dot."""
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return set()
    return {match.extension.removeprefix(".").lower() for match in matches}


def is_pdf(_file: IO[bytes], head: bytes) -> bool:
    return head.startswith(b"%PDF-")


def office(folder: str) -> Callable[[IO[bytes], bytes], bool]:
    """An Office document since 2007: a zip with this folder."""

    def fits(file: IO[bytes], head: bytes) -> bool:
        if not head.startswith(ZIP):
            return False
        names = {entry.filename for entry in entries_of(file)}
        if "[Content_Types].xml" not in names or not any(n.startswith(folder) for n in names):
            return False
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise FileRefused(MACROS)
        check_archive(file, is_document=True)
        return True

    return fits


def open_document(content_type: str) -> Callable[[IO[bytes], bytes], bool]:
    """An OpenDocument: a zip whose first file says which, unpacked."""

    def fits(file: IO[bytes], head: bytes) -> bool:
        if not head.startswith(ZIP) or content_type.encode() not in head[:200]:
            return False
        names = {entry.filename for entry in entries_of(file)}
        if any(name.startswith("Basic/") for name in names):
            raise FileRefused(MACROS)
        check_archive(file, is_document=True)
        return True

    return fits


def old_office(*streams: str) -> Callable[[IO[bytes], bytes], bool]:
    """An Office document before 2007: a compound file with one of these streams."""
    named = [stream.encode("utf-16-le") for stream in streams]
    macros = "_VBA_PROJECT".encode("utf-16-le")

    def fits(file: IO[bytes], head: bytes) -> bool:
        if not head.startswith(OLD_OFFICE):
            return False
        file.seek(0)
        found = found_in(pieces(file), [*named, macros])
        if macros in found:
            raise FileRefused(MACROS)
        return bool(found)

    return fits


def is_text(file: IO[bytes], head: bytes) -> bool:
    """Letters all through, and neither a page nor a drawing under another name."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(PAGES):
        raise FileRefused(IS_A_PAGE)
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return is_utf_16(file)
    file.seek(0)
    return all(not piece.translate(None, delete=without(NOT_IN_TEXT)) for piece in pieces(file))


def without(kept: bytes) -> bytes:
    return bytes(set(range(256)) - set(kept))


def is_utf_16(file: IO[bytes]) -> bool:
    file.seek(0)
    try:
        text = file.read(HEAD).decode("utf-16")
    except UnicodeDecodeError:
        return False
    if text.lstrip().lower().startswith(tuple(page.decode() for page in PAGES)):
        raise FileRefused(IS_A_PAGE)
    return True


def is_archive(file: IO[bytes], head: bytes) -> bool:
    if not head.startswith((ZIP, b"PK\5\6")):
        return False
    check_archive(file)
    return True


WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"

KINDS = (
    Kind("PDF", ("pdf",), "application/pdf", is_pdf),
    Kind("JPEG picture", ("jpg", "jpeg"), "image/jpeg", by_magic("jpg", "jpeg")),
    Kind("PNG picture", ("png",), "image/png", by_magic("png")),
    Kind("GIF picture", ("gif",), "image/gif", by_magic("gif")),
    Kind("WebP picture", ("webp",), "image/webp", by_magic("webp")),
    Kind("TIFF picture", ("tif", "tiff"), "image/tiff", by_magic("tif", "tiff")),
    Kind("HEIC picture", ("heic", "heif"), "image/heic", by_magic("heic", "heif")),
    Kind("Word document", ("docx",), WORD, office("word/")),
    Kind("Excel workbook", ("xlsx",), EXCEL, office("xl/")),
    Kind("PowerPoint presentation", ("pptx",), POWERPOINT, office("ppt/")),
    Kind("Word document", ("doc",), "application/msword", old_office("WordDocument")),
    Kind("Excel workbook", ("xls",), "application/vnd.ms-excel", old_office("Workbook", "Book")),
    Kind("Outlook message", ("msg",), "application/vnd.ms-outlook", old_office("__substg1.0_")),
    Kind("OpenDocument text", ("odt",), ODT, open_document(ODT)),
    Kind("OpenDocument spreadsheet", ("ods",), ODS, open_document(ODS)),
    Kind("CSV table", ("csv",), "text/csv", is_text),
    Kind("text", ("txt",), "text/plain", is_text),
    Kind("bank statement", ("ofx", "qfx", "qif", "sta"), "application/octet-stream", is_text),
    Kind("zip archive", ("zip",), "application/zip", is_archive),
)
BY_EXTENSION = {extension: kind for kind in KINDS for extension in kind.extensions}


def in_words(kinds: Iterable[Kind] = KINDS) -> str:
    """.pdf, .jpg, …"""
    return ", ".join(f".{extension}" for kind in kinds for extension in kind.extensions)


TAKEN = in_words()
