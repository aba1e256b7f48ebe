"""`manage.py check_integrity [--fix]`: what stands twice must agree."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clients.actions.integrity import check_connections


class Command(BaseCommand):
    help = "Compare the copied columns of clients with their sources; --fix corrects them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="correct what differs")

    def handle(self, *_: Any, fix: bool, **__: Any) -> None:
        count = 0
        for difference in check_connections(fix=fix):
            count += 1
            self.stdout.write(str(difference))
        if count and not fix:
            raise CommandError(f"{count:,} differences; --fix corrects them.")
        self.stdout.write(f"{count:,} differences corrected." if count else "Everything agrees.")
