"""Where things are kept: everything that is not in git lies under `.local/` and `.venv/`."""

import errno
import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.local.say import Problem

ROOT = Path(__file__).resolve().parent.parent.parent
LOCAL = ROOT / ".local"
VENV = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"

# macOS allows 103 bytes in a socket's address; the longest name in the folder is PostgreSQL's.
LONGEST_SOCKET_ADDRESS = 103
LONGEST_SOCKET_NAME = len("/.s.PGSQL.5432.lock")


@dataclass(frozen=True)
class Profile:
    """A set of servers with data of its own: `up`, `test`, `bench` or `soak`."""

    name: str
    database: str = "countinghouse"
    is_throwaway: bool = False
    shared_buffers: str = "256MB"
    maintenance_work_mem: str = "128MB"
    parent: Path = LOCAL

    @property
    def folder(self) -> Path:
        return self.parent / self.name

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def sockets(self) -> Path:
        return socket_folder(self.folder)

    def prepare(self) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        make_private(self.sockets)


UP = Profile("up")
TEST = Profile("test", is_throwaway=True)
BENCH = Profile(
    "bench",
    database="countinghouse_bench",
    is_throwaway=True,
    shared_buffers="2GB",
    maintenance_work_mem="1GB",
)
SOAK = Profile("soak", database="countinghouse_soak", is_throwaway=True)


def socket_folder(folder: Path) -> Path:
    """A folder inside the profile, or a short one of our own where that path is too long."""
    inside = folder / "run"
    if len(os.fsencode(inside)) + LONGEST_SOCKET_NAME <= LONGEST_SOCKET_ADDRESS:
        return inside
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:10]
    return Path("/tmp") / f"countinghouse-{os.getuid()}-{digest}"  # noqa: S108  # nosec B108


def make_private(folder: Path) -> None:
    """Make a folder that only we may enter; refuse one that somebody else put there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.getuid():
        raise Problem(f"{folder} belongs to somebody else: remove it, and run this again.")
    folder.chmod(0o700)


def prepare() -> None:
    """Make `.local/`, or say why it cannot be written."""
    try:
        LOCAL.mkdir(exist_ok=True)
        (LOCAL / ".gitignore").write_text("*\n")
        with tempfile.TemporaryFile(dir=LOCAL):
            pass
    except OSError as error:
        raise Problem(sentence_for(error, LOCAL)) from error


def sentence_for(error: OSError, place: Path | str | None = None) -> str:
    """What to do about an error of the operating system, in one sentence."""
    where = place or error.filename or ROOT
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk that holds {where} is full: free some space, and run this again."
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return (
            f"{where} cannot be written ({error.strerror}): copy the project to a folder of "
            "your own, or make this one writable, and run this again."
        )
    return f"{where} cannot be used: {error.strerror or error}."


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for a lock on a file, and hold it. The kernel lets go of it however we end."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
