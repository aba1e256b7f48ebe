"""Running other programs: what they said when they failed, and whether they are still there."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from config.local.say import Problem

Popen = subprocess.Popen[bytes]
LEFT_RUNNING: dict[int, Popen] = {}
NO_SPACE = ("No space left on device", "Disk quota exceeded", "os error 28")
NO_NETWORK = (
    "dns error",
    "Temporary failure in name resolution",
    "Name or service not known",
    "nodename nor servname",
    "Network is unreachable",
    "Failed to establish a new connection",
    "error trying to connect",
    "Connection refused",
    "tcp connect error",
    "operation timed out",
    "Network connectivity is disabled",
    "Could not connect",
    "client error (Connect)",
)
WORD = re.compile(r"\w")
EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Exit|Setting|Configured|Refused): ")
BAD_HASH = ("Hash mismatch", "DO NOT MATCH THE HASHES")


def run(
    command: Sequence[object],
    *,
    log: Path,
    failure: str,
    env: Mapping[str, str] | None = None,
    text: str | None = None,
    cwd: Path | None = None,
) -> str:
    """Run to the end with the output in `log`; raise `Problem` with the likeliest reason."""
    log.parent.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(
        [str(word) for word in command],
        input=text,
        stdin=None if text is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=env,
        cwd=cwd,
        check=False,
    )
    log.write_text(result.stdout)
    if result.returncode:
        raise Problem(explain(result.stdout, failure=failure, log=log))
    return result.stdout


def explain(output: str, *, failure: str, log: Path) -> str:
    """One sentence for a failure: a known cause with its remedy, else the program's last words."""
    if any(words in output for words in NO_SPACE):
        return f"{failure}, because the disk is full: free some space, and run this again."
    if any(words in output for words in BAD_HASH):
        return (
            f"{failure}, because a downloaded package is not the one in the lock: try again on "
            f"a network you trust (details in {log})."
        )
    if any(words in output for words in NO_NETWORK):
        return (
            f"{failure}, because the package index cannot be reached: check the network or the "
            "proxy settings, and run this again."
        )
    return f"{failure}: {last_words(output)} (details in {log})."


def last_words(output: str) -> str:
    """The last exception's own line, else the last line with a word in it."""
    lines = [line for line in output.splitlines() if WORD.search(line)]
    errors = [line for line in lines if EXCEPTION.match(line)]
    words = (errors or lines or ["it said nothing"])[-1]
    return words.strip().rstrip(".")


def command_of(pid: int) -> str | None:
    """The command line of a living process; None when it is gone or a zombie."""
    proc = Path("/proc/self/cmdline")
    if proc.exists():
        return _command_from_proc(pid)
    answer = subprocess.run(  # nosec B607
        ["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    state, _, command = answer.partition(" ")
    return command.strip() if state and not state.startswith("Z") else None


def _command_from_proc(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode() or None
    except (OSError, ValueError):
        return None


def leave_running(command: Sequence[str], *, log: Path, cwd: Path, env: Mapping[str, str]) -> Popen:
    """Start a server that outlives this command unless somebody ends it."""
    reap()
    with log.open("w") as output:
        server = Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=cwd,
            env=env,
            start_new_session=True,
        )
    LEFT_RUNNING[server.pid] = server
    return server


def read_pid(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def end(pid: int, *, first: signal.Signals, then: signal.Signals, patience: float) -> bool:
    """Ask a process to end, insist after `patience` seconds; return whether it has ended."""
    for number, seconds in ((first, patience), (then, 5.0)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        if wait_until(lambda: has_ended(pid), seconds):
            return True
    return False


def has_ended(pid: int) -> bool:
    is_gone = command_of(pid) is None
    reap()
    return is_gone


def reap() -> None:
    """Children of ours must not stay behind as zombies."""
    for server in LEFT_RUNNING.values():
        server.poll()


def wait_until(question: Callable[[], bool], seconds: float, *, pause: float = 0.02) -> bool:
    deadline = time.monotonic() + seconds
    while not question():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
