"""`manage.py bench CASE`: run a measurement of `bench/`; see its module for what it prints."""

import sys
from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand

CASES = (
    "access_matrix",
    "bulk",
    "client_list",
    "faults",
    "ingest",
    "invoice_run",
    "isolation",
    "nightly",
)
MODULES = {"bulk": "bulk_actions"}  # `bench.bulk` is how worlds are loaded


class Command(BaseCommand):
    help = "Measure: JSON lines, exit status 1 when a goal is missed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        commands = parser.add_subparsers(dest="case", required=True)
        for name in CASES:
            module = import_module(f"bench.{MODULES.get(name, name)}")
            module.options(commands.add_parser(name, help=module.__doc__))

    def handle(self, *, case: str, **chosen: Any) -> None:
        sys.exit(import_module(f"bench.{MODULES.get(case, case)}").run(chosen))
