"""The virus scanner, where one is configured: clamd, over its own protocol (0019).

Only a plain "OK" is one. A scanner that is down, slow, or has no opinion leaves the file waiting.
"""

import socket
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import IO

from django.conf import settings

from portal.uploads.finding import pieces

TIMEOUT = 30  # seconds, for each answer and each piece
DEFAULT_PORT = 3310


class Verdict(StrEnum):
    CLEAN = "clean"
    INFECTED = "infected"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Scan:
    verdict: Verdict
    says: str = ""  # the scanner's own words


def scan(file: IO[bytes]) -> Scan:
    """The file is at its beginning again afterwards."""
    if not settings.CLAMD_ADDRESS:
        return Scan(Verdict.CLEAN)
    try:
        file.seek(0)
        with connect(settings.CLAMD_ADDRESS) as line:
            line.sendall(b"zINSTREAM\0")
            for piece in pieces(file):
                line.sendall(struct.pack("!I", len(piece)) + piece)
            line.sendall(struct.pack("!I", 0))
            return read(answer(line))
    except OSError as down:
        return Scan(Verdict.UNKNOWN, str(down))
    finally:
        file.seek(0)


def connect(address: str) -> socket.socket:
    """`/run/clamav/clamd.sock`, or `host:port`."""
    if address.startswith("/"):
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(TIMEOUT)
        try:
            line.connect(address)
        except OSError:
            line.close()
            raise
        return line
    host, _, port = address.rpartition(":")
    place = (host, int(port)) if host else (address, DEFAULT_PORT)
    return socket.create_connection(place, timeout=TIMEOUT)


def answer(line: socket.socket) -> str:
    words = b""
    while len(words) < 4096 and (piece := line.recv(4096)):
        words += piece
    return words.rstrip(b"\0\n ").decode(errors="replace")


def read(words: str) -> Scan:
    if words == "stream: OK":
        return Scan(Verdict.CLEAN, words)
    if words.endswith(" FOUND"):
        return Scan(Verdict.INFECTED, words)
    return Scan(Verdict.UNKNOWN, words)
