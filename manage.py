#!/usr/bin/env python3
"""`python3 manage.py up`, `test`, or any Django command; see README.md.

On its own this file needs nothing but Python. Where the packages and the addresses of the servers
are already given (a container, or a process that `up` started) it is Django's usual manage.py.
"""

import os
import sys
from importlib.util import find_spec

OLDEST_PYTHON = (3, 11)


def is_ready() -> bool:
    """Whether someone else has prepared packages and servers for this process."""
    if find_spec("django") is None:
        return False
    if os.environ.get("ENVIRONMENT") == "production":
        return True
    return "DATABASE_URL" in os.environ and sys.argv[1:2] not in (["up"], ["test"])


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(str(number) for number in OLDEST_PYTHON)
        found = sys.version.split()[0]
        sys.stderr.write(
            f"Countinghouse needs Python {wanted} or newer, and this is {found}: run it with a "
            f"newer one, for example: python{wanted} manage.py up\n"
        )
        return 1
    if os.name != "posix":
        sys.stderr.write(
            "Countinghouse runs on Linux and macOS: on Windows use WSL, or docker compose.\n"
        )
        return 1
    if is_ready():
        from django.core.management import execute_from_command_line

        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        execute_from_command_line(sys.argv)
        return 0
    from config.local.main import main as local_main

    return local_main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
