"""Work for after the commit, and the one tick."""

from celery import shared_task


@shared_task
def tick() -> None: ...
