"""Migrate as the owner of the tables: the application's role may not."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections

from practice import clock


class Command(migrate.Command):
    """Django's `migrate`, on the alias `owner` where there is one."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        if "owner" in connections:
            parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> None:
        clock.ignore_offset()  # its table may not be there yet
        super().handle(*args, **options)
