"""`manage.py demo`: load the demo world and say who may sign in (F-238)."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from clients.demo import people, world


class Command(BaseCommand):
    help = "Load the demo world: two firms, their teams, 230 clients."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="add only what is not there already"
        )
        parser.add_argument(
            "--clients", type=int, default=230, help="how many the list shows at first (230)"
        )

    def handle(self, *, once: bool, clients: int, **options: Any) -> None:
        is_loaded = world.is_loaded()
        if is_loaded and not once:
            raise CommandError("The demo world is loaded already; --once makes sure that it is.")
        if not is_loaded:
            world.load(clients)
        self.fill()
        table = self.table()
        if settings.LOGINS_FILE:
            Path(settings.LOGINS_FILE).write_text(table)
        if options["verbosity"]:
            self.stdout.write(table)

    def fill(self) -> None:
        """What the apps above add; each looks first whether it is there."""
        for config in apps.get_app_configs():
            fill = getattr(config, "fill_demo", None)
            if fill:
                fill()

    def table(self) -> str:
        lines = [f"  {email:<26}{words}" for email, words in world.logins()]
        title = f"Logins (password for all: {people.PASSWORD})"
        return "\n".join([title, *lines, ""])
