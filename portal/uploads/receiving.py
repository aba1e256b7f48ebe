"""Files while they arrive: into quarantine, counted and hashed, never whole in memory (F-178).

Quarantine is a file without a name: it is gone with the process, however that ends.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParser
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from portal.uploads.kinds import Kind
from portal.uploads.names import parted, readable
from portal.uploads.problems import FileRefused
from portal.uploads.storing import refusal

MB = 1024 * 1024
SAID_WITHIN = 10  # seconds of reading on, so that a browser hears the answer
TOO_LARGE = "It is larger than {:,} MB, which is the most."
View = Callable[..., HttpResponse]


class Upload(UploadedFile):
    """One file in quarantine. `problem` is why it is not taken, as far as arriving shows it.

    `folder` is where it lay, when a whole folder was sent; `kind` is filled by checking.
    """

    file: IO[bytes]
    kind: Kind | None = None
    state = ""  # as the virus scan left it, once it was looked at

    def __init__(
        self, file: IO[bytes] | None, name: str, size: int, *, folder: str, digest: str,
        problem: str = "",
    ) -> None:  # fmt: skip
        super().__init__(file, name, "", size)
        self.folder, self.digest, self.problem = folder, digest, problem

    def close(self) -> None:
        if self.file is not None:
            super().close()


class WithFolders(MultiPartParser):
    """Keeps the path that a browser sends with a whole folder; `names.parted` judges it."""

    def sanitize_file_name(self, file_name: str) -> str | None:
        return readable(file_name) or None


class KeepingFolders(FileUploadHandler):
    """Django's hook for a whole body: read by a parser of ours, with the handler below."""

    def handle_raw_input(
        self, input_data: Any, META: Any, content_length: int, boundary: Any, encoding: Any = None
    ) -> Any:
        return WithFolders(META, input_data, [Quarantine(self.request)], encoding).parse()


class Quarantine(FileUploadHandler):
    """One file after the other; what is wrong with one leaves the others alone."""

    kept: IO[bytes] | None = None
    received = 0  # bytes of all files so far

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.digest, self.size, self.problem = sha256(), 0, ""
        self.folder, self.name, self.kept = "", self.file_name or "", None
        try:
            self.folder, self.name = parted(self.name)
            self.kept = TemporaryFile(dir=quarantine())  # noqa: SIM115
        except FileRefused as refused:
            self.problem = str(refused)
        except OSError as problem:
            self.problem = str(refusal(problem))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        self.size += len(raw_data)
        if self.received > settings.FILES_MAX_REQUEST_BYTES:
            self.upload_interrupted()
            raise StopUpload(connection_reset=True)
        if self.size > settings.FILES_MAX_BYTES:
            self.give_up(TOO_LARGE.format(settings.FILES_MAX_BYTES // MB))
        if self.kept is not None:
            self.write(self.kept, raw_data)

    def write(self, kept: IO[bytes], raw_data: bytes) -> None:
        try:
            self.digest.update(raw_data)
            kept.write(raw_data)
        except OSError as problem:
            self.give_up(str(refusal(problem)))

    def give_up(self, problem: str) -> None:
        """The rest of it is read and forgotten; what was kept of it goes."""
        self.problem = self.problem or problem
        self.upload_interrupted()

    def file_complete(self, file_size: int) -> Upload:
        if self.kept is not None:
            try:
                self.kept.seek(0)  # writes what is left in the buffer
            except OSError as problem:
                self.give_up(str(refusal(problem)))
        return Upload(
            self.kept,
            self.name,
            self.size,
            folder=self.folder,
            digest=self.digest.hexdigest(),
            problem=self.problem,
        )

    def upload_interrupted(self) -> None:
        if self.kept is not None:
            with suppress(OSError):
                self.kept.close()
        self.kept = None


def quarantine() -> Path:
    folder = Path(settings.FILES_QUARANTINE)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def receives_files(view: View) -> View:
    """For views whose form brings files. The token of the form is asked for once it is read."""
    inner: View = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def receive(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return inner(request, *args, **kwargs)
        if length_of(request) > settings.FILES_MAX_REQUEST_BYTES:
            read_on(request)
            return too_much(request)
        request.upload_handlers = [KeepingFolders(request)]
        try:
            request.FILES  # noqa: B018
        except TooManyFilesSent:
            return too_much(request)
        return inner(request, *args, **kwargs)

    return receive


def length_of(request: HttpRequest) -> int:
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def read_on(request: HttpRequest) -> None:
    """A browser that is still sending does not hear; read a while, and keep nothing."""
    until = time.monotonic() + SAID_WITHIN
    with suppress(OSError):
        while time.monotonic() < until and request.read(1 * MB):
            pass


def too_much(request: HttpRequest) -> HttpResponse:
    limits = {
        "most": settings.FILES_MAX_REQUEST_BYTES // MB,
        "of_one": settings.FILES_MAX_BYTES // MB,
        "files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        "back": request.path,
    }
    return render(request, "413.html", limits, status=413)
