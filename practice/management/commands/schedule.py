"""`manage.py schedule`: the periodic jobs, and running one of them now.

manage.py schedule                            when each ran last, and when it is due
manage.py schedule practice.send_messages     run it now, whenever it is due
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from practice.actions.schedules import periodic_jobs, run_periodic, schedules
from practice.models import Schedule


class Command(BaseCommand):
    help = "List the periodic jobs, or run some of them now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", help="periodic jobs to run now")

    def handle(self, *_: Any, names: list[str], **__: Any) -> None:
        rows = {row.name: row for row in schedules()}
        unknown = [name for name in names if name not in rows]
        if unknown:
            raise CommandError(f"There is no periodic job “{unknown[0]}”.")
        for name in names:
            run_periodic(rows[name], periodic_jobs()[name])
        for row in Schedule.objects.filter(name__in=names or rows).order_by("name"):
            ran = f"{row.last_finished_at:%Y-%m-%d %H:%M:%S}" if row.last_finished_at else "never"
            says = f"last {ran}, due {row.due_at:%Y-%m-%d %H:%M:%S} UTC. {row.last_result}"
            self.stdout.write(f"{row.name:<36} {says}")
