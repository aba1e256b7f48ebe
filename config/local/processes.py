"""Web, worker and beat: started, watched, restarted, and ended together."""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.local import commands, say
from config.local.places import VENV
from config.local.say import Problem

SHORT_LIFE_SECONDS = 30.0
SHORT_LIVES_ALLOWED = 4
LONGEST_PAUSE_SECONDS = 15.0
STOP_SECONDS = 20.0
LARGEST_LOG_BYTES = 10_000_000
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent() -> None:
    """On Linux the kernel ends a child whose supervisor was killed; elsewhere `sweep` does."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass
class Child:
    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    short_lives: int = 0
    resume_at: float = 0.0

    def start(self) -> None:
        trim(self.log)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.env,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        self.started = time.monotonic()
        self.resume_at = 0.0

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.process and self.is_running:
            self.process.terminate()

    def insist(self) -> None:
        """End it with everything it started."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def trim(log: Path) -> None:
    if log.exists() and log.stat().st_size > LARGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


@dataclass
class Crew:
    """The children of one `up`; `register` remembers their ids for a successor to clean up."""

    children: list[Child]
    register: Path

    def start(self, *names: str) -> None:
        for child in self.children:
            if child.name in names:
                child.start()
        self.write_down()

    def write_down(self) -> None:
        pids = {child.name: child.process.pid for child in self.children if child.process}
        self.register.write_text(json.dumps(pids))

    def check(self) -> None:
        """Restart whoever died, each time a little later; give up on one that keeps dying."""
        for child in self.children:
            if child.is_running:
                continue
            if not child.resume_at:
                self.note_death(child)
            elif time.monotonic() >= child.resume_at:
                child.start()
                self.write_down()

    def note_death(self, child: Child) -> None:
        assert child.process is not None
        is_short = time.monotonic() - child.started < SHORT_LIFE_SECONDS
        child.short_lives = child.short_lives + 1 if is_short else 1
        if child.short_lives > SHORT_LIVES_ALLOWED:
            raise Problem(obituary(child))
        pause = min(LONGEST_PAUSE_SECONDS, 2.0 ** (child.short_lives - 1))
        child.resume_at = time.monotonic() + pause
        say.line(
            f"  The {child.name} stopped ({ending(child.process.returncode)}); starting it again "
            f"in {pause:.0f} s. Its log is {child.log}"
        )

    def stop(self) -> None:
        for child in self.children:
            child.ask_to_stop()
        try:
            commands.wait_until(lambda: not any(c.is_running for c in self.children), STOP_SECONDS)
        finally:
            for child in self.children:
                child.insist()
            self.register.unlink(missing_ok=True)


def obituary(child: Child) -> str:
    words = commands.last_words(child.log.read_text(errors="replace")[-20_000:])
    return f"The {child.name} keeps stopping: {words} (its log is {child.log})."


def ending(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def sweep(register: Path) -> None:
    """End the children of a supervisor that was killed."""
    try:
        pids = json.loads(register.read_text())
    except (OSError, ValueError):
        return
    for pid in pids.values():
        if str(VENV) in (commands.command_of(pid) or ""):
            commands.end(pid, first=signal.SIGTERM, then=signal.SIGKILL, patience=STOP_SECONDS)
    register.unlink(missing_ok=True)
