"""What the person at the terminal reads: progress, and errors of one sentence."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

STILL_RUNNING_SECONDS = 10.0
NOTABLE_SECONDS = 2.0


class Problem(Exception):
    """Something the person can put right; the message is one sentence that says how."""


class Voice:
    """How much is said. Quiet commands (`shell`, `dumpdata`) mention only what takes long."""

    quiet = False


def line(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


@contextmanager
def step(text: str) -> Iterator[None]:
    """Show a step with its seconds; on a terminal they count up while it runs."""
    started = time.monotonic()
    finished = threading.Event()
    ticker = threading.Thread(target=_tick, args=(text, started, finished), daemon=True)
    ticker.start()
    try:
        yield
    finally:
        finished.set()
        ticker.join()
        clear_line()
    seconds = time.monotonic() - started
    if not Voice.quiet or seconds >= NOTABLE_SECONDS:
        line(_with_seconds(text, seconds))


def _tick(text: str, started: float, finished: threading.Event) -> None:
    live = sys.stderr.isatty() and not Voice.quiet
    while not finished.wait(0.5 if live else STILL_RUNNING_SECONDS):
        seconds = time.monotonic() - started
        if live:
            sys.stderr.write("\r" + _with_seconds(text, seconds))
            sys.stderr.flush()
        else:
            line(f"{text} ... still at it after {seconds:.0f} s")


def clear_line() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _with_seconds(text: str, seconds: float) -> str:
    return f"  {text:<52} {seconds:6.1f} s"
