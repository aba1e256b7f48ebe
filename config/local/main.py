"""Which command was asked for, and how every one of them ends: one sentence, no traceback."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import FrameType

from config.local import environment, places, say, test, up
from config.local.places import BENCH, ROOT, SOAK, UP, VENV, Profile, locked
from config.local.say import Problem, Voice
from config.local.servers import Servers, is_embedded_needed
from config.local.variables import variables

# These change or measure the database itself, so they are given the owner's address.
OWNER_COMMANDS = {
    "bench",
    "dbshell",
    "flush",
    "makemigrations",
    "migrate",
    "optimizemigration",
    "showmigrations",
    "sqlmigrate",
    "squashmigrations",
}
# These have data of their own; what a soak run draws from, Hypothesis, is a package of the tests.
PROFILES = {"bench": BENCH, "soak": SOAK}
INTERRUPTED = 130


class Stop(BaseException):
    """SIGTERM or SIGHUP: end like Ctrl-C does."""


def main(words: Sequence[str]) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell had it ignored
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        places.prepare()
        return command_for(words)()
    except Problem as problem:
        say.clear_line()
        say.line(f"\n{problem}")
        return 1
    except OSError as error:
        say.clear_line()
        say.line(f"\n{places.sentence_for(error)}")
        return 1
    except (KeyboardInterrupt, Stop):
        say.clear_line()
        say.line("Stopped.")
        return 0 if words[:1] == ["up"] else INTERRUPTED


def stop(_number: int, _frame: FrameType | None) -> None:
    raise Stop


def command_for(words: Sequence[str]) -> Callable[[], int]:
    if words[:1] == ["up"]:
        return lambda: up.main(words[1:])
    if words[:1] == ["test"]:
        return lambda: test.main(words[1:])
    return lambda: django(words)


def django(words: Sequence[str]) -> int:
    """Any other command: Django's, in the environment, with the servers of its profile."""
    Voice.quiet = True
    command = words[0] if words else "help"
    packages = "test" if command == "soak" else "app"
    environment.ensure([packages, "embedded"] if is_embedded_needed() else [packages])
    with Servers.of(profile_for(command)).running() as servers, alone(servers, command):
        if command in PROFILES:
            up.prepare_database(servers, has_demo=False)
        elif command in OWNER_COMMANDS and servers.migrated:
            servers.migrated.unlink(missing_ok=True)
        return manage(servers, words, is_owner=command in OWNER_COMMANDS)


def alone(servers: Servers, command: str) -> AbstractContextManager[None]:
    """Runs on the same data wait for one another: to migrate is to replace its policies."""
    if command in PROFILES:
        return locked(servers.profile.folder / "run.lock")
    return nullcontext()


def profile_for(command: str) -> Profile:
    return PROFILES.get(command, UP)


def manage(servers: Servers, words: Sequence[str], *, is_owner: bool) -> int:
    """Ctrl-C reaches the command itself; we wait until it has dealt with it."""
    process = subprocess.Popen(
        [VENV / "bin" / "python", ROOT / "manage.py", *words],
        env=variables(servers, is_owner=is_owner),
        cwd=os.getcwd(),
    )
    try:
        return wait(process)
    except Stop:
        process.terminate()
        return wait(process)


def wait(process: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return process.wait() % 256
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
