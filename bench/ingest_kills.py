"""Batches over a socket while the web server is killed: is an event lost, or counted twice?

The product's own server runs beside this process. Senders post their batches until each is
answered; meanwhile workers are killed at random moments, and now and then the whole server.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self

from bench.faults.workers import ROOT, children, end, environment
from config.local.up import GUNICORN

READY_WITHIN = 120  # seconds
WHOLE = 10  # every tenth kill is of the whole server
PATH = "/api/v1/activity"


class Server:
    """`with Server() as server:` two processes, as `up` starts them, on a socket of their own."""

    def __init__(self) -> None:
        self.folder = tempfile.TemporaryDirectory(prefix="ingest-")
        self.path = str(Path(self.folder.name) / "web.sock")

    def __enter__(self) -> Self:
        self.process = self.start()
        self.wait_until_ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        end(self.process)
        self.folder.cleanup()

    def start(self) -> subprocess.Popen[bytes]:
        Path(self.path).unlink(missing_ok=True)
        words = {"WEB_BIND": f"unix:{self.path}", "API_REQUESTS_PER_MINUTE": "1000000"}
        with (Path(self.folder.name) / "web.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                (sys.executable, *GUNICORN),
                cwd=ROOT,
                env={**environment(), **words},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        until = time.monotonic() + READY_WITHIN
        while not (children(self.process.pid) and Path(self.path).exists()):
            if time.monotonic() > until:
                raise TimeoutError((Path(self.folder.name) / "web.log").read_text()[-2000:])
            time.sleep(0.1)

    def kill(self, number: int) -> None:
        """A worker, which the server then replaces; or all of it, and another one is started."""
        pids = children(self.process.pid)
        if number % WHOLE and pids:
            os.kill(pids[number % len(pids)], signal.SIGKILL)
            return
        end(self.process)
        self.process = self.start()
        self.wait_until_ready()


class Line(http.client.HTTPConnection):
    """HTTP over a socket of this machine."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=20)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


@dataclass
class Senders:
    """Post batches one after the other, each until it is answered."""

    path: str
    secret: str
    batches: list[Sequence[dict[str, Any]]]
    tries: int = 0
    answers: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self) -> None:
        while True:
            with self.lock:
                if not self.batches:
                    return
                events = self.batches.pop()
            self.send_until_answered(json.dumps({"events": events}).encode())

    def send_until_answered(self, body: bytes) -> None:
        headers = {"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"}
        while True:
            line = Line(self.path)
            self.tries += 1
            try:
                line.request("POST", PATH, body, headers)
                response = line.getresponse()
                told = response.read()
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            finally:
                line.close()
            if response.status == http.HTTPStatus.OK:
                self.answers.append(json.loads(told))
                return


def strike(
    batches: Sequence[Sequence[dict[str, Any]]], secret: str, kills: int, seed: int
) -> dict[str, Any]:
    """Send all of them while there are kills; how often was tried, and what was refused."""
    chance = Random(seed)  # noqa: S311  # nosec B311
    with Server() as server:
        senders = Senders(server.path, secret, list(batches))
        threads = [threading.Thread(target=senders.work) for _ in range(4)]
        for thread in threads:
            thread.start()
        struck = 0
        while struck < kills and any(thread.is_alive() for thread in threads):
            time.sleep(chance.uniform(0.05, 0.6))
            struck += 1
            server.kill(struck)
        for thread in threads:
            thread.join()
    refused = sum(len(answer["refused"]) for answer in senders.answers)
    return {"kills": struck, "tries": senders.tries, "refused": refused}
