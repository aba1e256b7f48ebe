"""Looking for words in a file, a piece at a time."""

from collections.abc import Iterable, Iterator
from typing import Protocol

CHUNK = 256 * 1024


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def pieces(file: Readable) -> Iterator[bytes]:
    while piece := file.read(CHUNK):
        yield piece


def found_in(chunks: Iterable[bytes], needles: Iterable[bytes]) -> set[bytes]:
    """Those of the needles that stand in it, also across two pieces."""
    wanted, found = list(needles), set[bytes]()
    overlap = max(map(len, wanted)) - 1
    tail = b""
    for chunk in chunks:
        window = tail + chunk
        found |= {needle for needle in wanted if needle in window}
        tail = window[-overlap:]
    return found
