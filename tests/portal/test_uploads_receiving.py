"""Files while they arrive: memory, limits, a full disk, and the virus scanner (F-178)."""

import io
import os
import resource
import socket
import struct
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import pytest
from django.core.files.uploadhandler import StopUpload
from django.http import HttpResponse
from django.http.multipartparser import MultiPartParser
from django.test import RequestFactory

from portal.uploads import FileRefused, receives_files, scanning, storing
from portal.uploads.receiving import KeepingFolders, Quarantine
from portal.uploads.storing import NO_ROOM
from practice import clock
from tests.portal import samples

MB = 1024 * 1024
GB = 1024 * MB
MARK = "xyz"
FORM = f"multipart/form-data; boundary={MARK}"


def part(name: str) -> bytes:
    words = f'Content-Disposition: form-data; name="files"; filename="{name}"'
    return f"--{MARK}\r\n{words}\r\nContent-Type: text/html\r\n\r\n".encode()


class Flood:
    """A body that is made while it is read, so that nobody holds it."""

    def __init__(self, size: int) -> None:
        self.left, self.head, self.tail = size, part("big.pdf"), f"\r\n--{MARK}--\r\n".encode()

    def read(self, size: int) -> bytes:
        if self.head:
            piece, self.head = self.head[:size], self.head[size:]
        elif self.left:
            piece = bytes(min(size, self.left))
            self.left -= len(piece)
        else:
            piece, self.tail = self.tail[:size], self.tail[size:]
        return piece


def arrive(body, size: int):
    """The files of a body as the view finds them."""
    meta = {"CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(size)}
    _, files = MultiPartParser(meta, body, [KeepingFolders()], "utf-8").parse()
    return files.getlist("files")


def sent(*parts: tuple[str, bytes]):
    body = b"".join(part(name) + content + b"\r\n" for name, content in parts)
    body += f"--{MARK}--\r\n".encode()
    return arrive(io.BytesIO(body), len(body))


@pytest.fixture(autouse=True)
def _own_quarantine(settings, tmp_path):
    settings.FILES_QUARANTINE = tmp_path / "quarantine"


@contextmanager
def growth() -> Iterator[list[int]]:
    """The most that the block needed of memory, in bytes."""
    most: list[int] = []
    tracemalloc.start()
    try:
        yield most
        most.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def test_what_arrives_is_counted_hashed_and_keeps_its_folder(settings):
    first, second = sent(("a.pdf", samples.PDF), ("Receipts/2026/b.csv", samples.CSV))

    assert (first.folder, first.name, first.size) == ("", "a.pdf", len(samples.PDF))
    assert (second.folder, second.name) == ("Receipts/2026", "b.csv")
    assert second.digest == sha256(samples.CSV).hexdigest()
    assert second.read() == samples.CSV
    first.close(), second.close()
    assert list(settings.FILES_QUARANTINE.iterdir()) == []  # without a name, so never left behind


def test_what_is_wrong_with_one_leaves_the_others(settings):
    settings.FILES_MAX_BYTES = 1 * MB

    files = sent(("../a.pdf", samples.PDF), ("big.pdf", bytes(2 * MB)), ("c.pdf", samples.PDF))

    assert [file.problem for file in files] == [
        "Its name points outside of its folder.",
        "It is larger than 1 MB, which is the most.",
        "",
    ]
    assert files[2].read() == samples.PDF
    files[2].close()


def test_a_file_that_is_too_large_needs_no_memory(settings):
    settings.FILES_MAX_REQUEST_BYTES = 2 * GB
    with growth() as most:
        [file] = arrive(Flood(256 * MB), 257 * MB)

    assert file.problem
    assert most[0] < 20 * MB


def test_a_gigabyte_is_refused_before_it_is_read_into_anything():
    """By what it says of its length: the view is not reached, nothing is written."""

    def view(request):
        return HttpResponse("reached")

    request = RequestFactory().post("/somewhere/", content_type=FORM)
    request.META["CONTENT_LENGTH"] = str(GB)
    request._stream = Flood(GB)

    with growth() as most:
        response = receives_files(view)(request)

    assert response.status_code == 413
    assert "One file may have 50 MB" in response.text
    assert most[0] < 20 * MB


def test_a_gigabyte_that_said_nothing_is_stopped_while_it_comes(settings):
    settings.FILES_MAX_BYTES = settings.FILES_MAX_REQUEST_BYTES = 8 * MB
    handler = Quarantine()
    handler.new_file("files", "big.pdf", "", None)

    for _ in range(8):
        handler.receive_data_chunk(bytes(MB), 0)
    with pytest.raises(StopUpload):
        handler.receive_data_chunk(bytes(1), 0)

    assert handler.kept is None


@contextmanager
def small_disk(size: int):
    """The kernel refuses to make any file larger."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_said_and_leaves_nothing(settings, tmp_path):
    folder = tmp_path / "clients"
    backend = "django.core.files.storage.FileSystemStorage"
    options = {"location": str(folder)}
    settings.STORAGES = {**settings.STORAGES, "files": {"BACKEND": backend, "OPTIONS": options}}

    with small_disk(1 * MB):
        [arriving] = sent(("a.csv", b"1,2\n" * MB))
        with pytest.raises(FileRefused) as refused:
            storing.put(io.BytesIO(bytes(4 * MB)), 7, clock.today())

    assert arriving.problem == str(refused.value) == NO_ROOM
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@contextmanager
def clamd(answer: bytes | None, heard: list[bytes]):
    """A scanner on a socket that reads as clamd does, and answers so; with None it hangs up."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        line, _ = server.accept()
        with line, line.makefile("rb") as file:
            heard.append(file.read(10))
            while size := struct.unpack("!I", file.read(4))[0]:
                heard.append(file.read(size))
            if answer is not None:
                line.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"127.0.0.1:{server.getsockname()[1]}"
    thread.join(5)
    server.close()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (b"stream: OK\0", scanning.Verdict.CLEAN),
        (b"stream: Win.Test.EICAR_HDB-1 FOUND\0", scanning.Verdict.INFECTED),
        (b"INSTREAM size limit exceeded. ERROR\0", scanning.Verdict.UNKNOWN),
        (b"", scanning.Verdict.UNKNOWN),
        (None, scanning.Verdict.UNKNOWN),
    ],
)
def test_only_a_plain_ok_of_the_scanner_is_one(settings, answer, verdict):
    heard: list[bytes] = []
    content = os.urandom(600_000)

    with clamd(answer, heard) as address:
        settings.CLAMD_ADDRESS = address
        scan = scanning.scan(io.BytesIO(content))

    assert scan.verdict == verdict
    assert heard[0] == b"zINSTREAM\0"
    assert b"".join(heard[1:]) == content


@pytest.mark.parametrize("address", ["127.0.0.1:9", "/nowhere/clamd.sock"])
def test_a_scanner_that_is_down_says_nothing(settings, address):
    settings.CLAMD_ADDRESS = address

    assert scanning.scan(io.BytesIO(b"a")).verdict == scanning.Verdict.UNKNOWN
