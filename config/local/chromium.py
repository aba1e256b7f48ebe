"""A Chromium for the browser tests: the machine's, or one that apt brings."""

import os
import shutil
from pathlib import Path

from config.local import commands, say
from config.local.places import LOCAL
from config.local.say import Problem

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MACOS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)


def find() -> str | None:
    if given := os.environ.get("CHROMIUM"):
        return given
    found = [path for name in NAMES if (path := shutil.which(name))]
    found += [path for path in MACOS if Path(path).exists()]
    return found[0] if found else None


def ensure() -> str:
    if found := find():
        return found
    if shutil.which("apt-get"):
        install()
    if found := find():
        return found
    raise Problem(
        "The browser tests need Chromium, and this machine has none: install Chromium or Chrome, "
        "or give the path of one in CHROMIUM."
    )


def install() -> None:
    as_root = [] if os.getuid() == 0 else ["sudo", "-n"]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = LOCAL / "logs" / "apt.log"
    with say.step("Installing Chromium for the browser tests"):
        try:
            for words in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
                commands.run(
                    [*as_root, "apt-get", *words], log=log, failure="apt-get failed", env=env
                )
        except (Problem, OSError):
            return  # `ensure` says what to do
