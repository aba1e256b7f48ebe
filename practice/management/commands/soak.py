"""`manage.py soak CASE`: long runs of `bench/` that look for one exception; see its module."""

import gc
import sys
from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand

CASES = ("rights", "races", "immediately", "states", "money", "api")


class Command(BaseCommand):
    help = "Soak: one JSON line per case, exit status 1 on any violation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="case", required=True)
        for name in CASES:
            module = import_module(f"bench.soak_{name}")
            module.options(commands.add_parser(name, help=module.__doc__))

    def handle(self, *, case: str, **chosen: Any) -> None:
        gc.freeze()  # what is loaded stays; to look through it again and again takes a sixth
        gc.set_threshold(50_000, 20, 20)
        sys.exit(import_module(f"bench.soak_{case}").run(chosen))
