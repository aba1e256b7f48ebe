"""Which letters the bytes of a text file stand for: tried in order, and said afterwards."""

import codecs
import re

from clients.tables.lines import Unreadable

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
UNKNOWN = "The letters of this file could not be read. Save it as “CSV UTF-8” and try again."
BINARY = "This is not a text table. Export the clients as CSV or XLSX."
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1b]")
LOST = "\ufffd"  # stands where bytes made no letter


def decode(data: bytes) -> tuple[str, str]:
    """The text and the name of its encoding. Raises `Unreadable` for what is no text."""
    text, name = _decode(data)
    if "\x00" in text or len(CONTROLS.findall(text)) * 1000 > len(text):
        raise Unreadable(BINARY)
    return text, name


def _decode(data: bytes) -> tuple[str, str]:
    for mark, codec, name in MARKS:
        if data.startswith(mark):
            return _strictly(data, codec), name
    if b"\x00" in data:
        return _strictly(data, sixteen_bits(data)), "UTF-16"
    try:
        return data.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError:
        return _mended(data) or (_strictly(data, "cp1252"), "Windows-1252")


def _strictly(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeError as error:
        raise Unreadable(UNKNOWN) from error


def sixteen_bits(data: bytes) -> str:
    """UTF-16 without a mark shows as zero bytes in every second place; else it is no text."""
    sample = data[:4000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) / 5 and even <= odd / 20:
        return "utf-16-le"
    if even > len(sample) / 5 and odd <= even / 20:
        return "utf-16-be"
    raise Unreadable(BINARY)


def _mended(data: bytes) -> tuple[str, str] | None:
    """UTF-8 with a few spoilt letters: those rows are refused one by one, not the whole file."""
    text = data.decode("utf-8", "replace")
    spoilt = text.count(LOST)
    sound = sum(not character.isascii() for character in text) - spoilt
    return (text, "UTF-8, with spoilt letters") if sound > 2 * spoilt else None
