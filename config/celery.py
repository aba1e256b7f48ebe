"""The queue. A task carries an id and nothing else; PostgreSQL is the register."""

import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("countinghouse")
app.set_default()  # for every thread, not only the one that imports this
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def refuse_a_privileged_role(**_: object) -> None:
    from practice.database import require_unprivileged_role

    require_unprivileged_role()
