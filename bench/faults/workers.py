"""Two workers and a beat, as in production, on the database of this process."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
WORKER = ("worker", "--without-gossip", "--without-mingle", "--concurrency", "2", "-l", "WARNING")
WORKERS = 2
READY_WITHIN = 240  # seconds


class Crew:
    """`with Crew() as crew:` they work until the end of the block."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="faults-")
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        schedule = Path(self.folder.name) / "beat"
        self.beat = self.start("beat", "-s", str(schedule), "-l", "WARNING")
        self.workers = [self.start_worker() for _ in range(WORKERS)]
        try:
            self.wait_until_ready()
        except TimeoutError:
            self.end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def end(self) -> None:
        for process in (self.beat, *self.workers):
            end(process)
        self.folder.cleanup()

    def start_worker(self) -> subprocess.Popen[bytes]:
        return self.start(*WORKER, "-n", f"faults-{time.monotonic_ns()}@%h")

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        """A process group of its own, so that all of it can be killed at once."""
        with (Path(self.folder.name) / f"{words[0]}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                (sys.executable, "-m", "celery", "-A", "config", *words),
                cwd=ROOT,
                env=environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def tend(self) -> None:
        """As `up` and Compose do: a worker that ended by itself is started again. One ends when
        its children are killed before it has got to know them."""
        for place, worker in enumerate(self.workers):
            if worker.poll() is not None:
                self.workers[place] = self.start_worker()

    def kill_child(self, number: int) -> bool:
        """One of the pool's processes, which does the work; False when there is none to kill."""
        pids = [pid for worker in self.workers for pid in children(worker.pid)]
        if not pids:
            return False
        os.kill(pids[number % len(pids)], signal.SIGKILL)
        return True

    def kill_worker(self, number: int) -> bool:
        """A whole worker with its children, and another one starts in its place."""
        place = number % len(self.workers)
        worker = self.workers[place]
        if not children(worker.pid):
            return False
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        self.workers[place] = self.start_worker()
        return True

    def wait_until_ready(self) -> None:
        until = time.monotonic() + READY_WITHIN
        while not all(children(worker.pid) for worker in self.workers):
            if time.monotonic() > until:
                raise TimeoutError(self.log())
            time.sleep(0.1)

    def log(self) -> str:
        return (Path(self.folder.name) / "worker.log").read_text()[-2000:]


def children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def environment() -> dict[str, str]:
    """The settings of the product, on the database of this process (a test has one of its own)."""
    facts = connection.settings_dict
    host, port = quote(str(facts["HOST"]), safe=""), facts["PORT"]
    who = f"{quote(facts['USER'])}:{quote(facts['PASSWORD'] or '')}"
    where = f"{host}:{port}" if port else host
    url = f"postgres://{who}@{where}/{facts['NAME']}"
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
