"""`manage.py clock`: look at the clock, or move it (never in production).

manage.py clock          where it stands
manage.py clock +60d     sixty days on from where it stands; also -2h, +30m, +1w, +1d12h
manage.py clock reset    the true time
"""

import re
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from practice import clock
from practice.actions.clocks import ahead_after, move_clock
from practice.errors import Refused


class Command(BaseCommand):
    help = "Look at the clock, or move it: +60d, -2h, +1d12h, reset."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("move", nargs="?", default="", help="+60d, -2h, +1d12h or reset")

    def run_from_argv(self, argv: list[str]) -> None:
        """A move back looks like an option; it goes behind the options."""
        moves = [word for word in argv[2:] if re.match(r"-\d", word)]
        rest = [word for word in argv if word not in moves]
        super().run_from_argv([*rest, "--", *moves] if moves else rest)

    def handle(self, *_: Any, move: str, **__: Any) -> None:
        ahead = clock.offset()
        if move:
            try:
                ahead = ahead_after(move)
                move_clock(round(ahead.total_seconds()))
            except Refused as refusal:
                raise CommandError(str(refusal)) from refusal
        now = timezone.now() + ahead
        self.stdout.write(f"{describe(ahead)} It is {now:%A, %d %B %Y, %H:%M} UTC.")


def describe(ahead: timedelta) -> str:
    if not ahead:
        return "The clock shows the true time."
    parts = [f"{abs(ahead).days} days"] if abs(ahead).days else []
    rest = timedelta(seconds=abs(ahead).seconds)
    parts += [str(rest)] if rest else []
    return f"The clock is {' '.join(parts)} {'ahead' if ahead > timedelta(0) else 'behind'}."
