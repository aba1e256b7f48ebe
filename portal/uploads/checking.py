"""What a file is, by its name and by its content; both must agree (F-178)."""

from typing import IO

from portal.uploads.finding import found_in, pieces
from portal.uploads.kinds import BY_EXTENSION, HEAD, IS_A_PAGE, TAKEN, Kind, magic_of
from portal.uploads.names import extension_of
from portal.uploads.problems import FileRefused
from portal.uploads.signatures import SIGNATURES, refuse_signature

EMPTY = "It is empty."
NOT_TAKEN = f"Files of this kind are not taken. Taken are {TAKEN}."
OTHERWISE = "Its content is not what its name says: it is no {label} (.{extension})."
PAGES = {"htm", "html", "xhtml", "svg", "svgz", "mht", "mhtml", "xml"}


def check(file: IO[bytes], name: str, size: int) -> Kind:
    """The kind; raises `FileRefused`. The file is at its beginning again afterwards."""
    if not size:
        raise FileRefused(EMPTY)
    try:
        file.seek(0)
        refuse_signature(found_in(pieces(file), SIGNATURES))
        return kind_of(file, name)
    finally:
        file.seek(0)


def kind_of(file: IO[bytes], name: str) -> Kind:
    extension = extension_of(name)
    kind = BY_EXTENSION.get(extension)
    if kind is None:
        raise FileRefused(f"{IS_A_PAGE} {NOT_TAKEN}" if extension in PAGES else NOT_TAKEN)
    file.seek(0)
    head = file.read(HEAD)
    if not kind.fits(file, head):
        says = OTHERWISE.format(label=kind.label, extension=extension)
        raise FileRefused(f"{says} {IS_A_PAGE}" if magic_of(head) & PAGES else says)
    return kind
