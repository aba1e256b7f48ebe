"""The bells. A task carries an id at most; what must happen stands in PostgreSQL.

A ring that is lost (Redis away, flushed or restarted) costs time, never work: the tick finds what
is due. The tick and the mail have a queue of their own (CELERY_TASK_ROUTES), so that a long job
cannot hold them up.
"""

import logging
from typing import Any

from celery import current_app, shared_task
from django.db import connection as database
from django.db import transaction
from django.utils.module_loading import import_string
from kombu.exceptions import ChannelError

logger = logging.getLogger(__name__)

# Without these Celery waits six seconds for a Redis that is away, in the request that rings.
SHORT_RETRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.05}


@shared_task
def tick() -> None:
    """Run the periodic jobs that are due and ring for what waits."""
    import_string("practice.actions.schedules.run_due_schedules")()


@shared_task
def dispatch() -> None:
    """Send the messages that are due."""
    import_string("practice.actions.outbox.dispatch_messages")()


@shared_task
def deliver() -> None:
    """Send what webhooks wait for."""
    import_string("practice.actions.deliveries.deliver_due")()


@shared_task
def run_job_task(job_id: int) -> None:
    """Run one job of the register, if it is due and nobody else has it."""
    import_string("practice.actions.jobs.run_job")(job_id)


def ring(task: Any, *ids: int) -> None:
    """Ring after the commit, once per transaction, and carry on without Redis."""
    rung, savepoints = Ring(task, ids), set(database.savepoint_ids)
    waiting: list[Any] = database.run_on_commit
    if not any(rung == other and sids <= savepoints for sids, other, _ in waiting):
        transaction.on_commit(rung)


class Ring:
    """A ring to come; two of them are equal when they would ring the same bell."""

    def __init__(self, task: Any, ids: tuple[int, ...]) -> None:
        self.task = task
        self.ids = ids

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ring) and (self.task.name, self.ids) == (
            other.task.name,
            other.ids,
        )

    def __hash__(self) -> int:
        return hash((self.task.name, self.ids))

    def __call__(self) -> None:
        ring_now(self.task, *self.ids)


def ring_now(task: Any, *ids: int) -> bool:
    """Whether the ring reached Redis; if not, the tick makes up for it."""
    try:
        task.apply_async(ids, retry=True, retry_policy=SHORT_RETRY)
    except Exception as error:  # noqa: BLE001
        logger.warning("%s was not rung: %s", task.name, type(error).__name__)
        return False
    return True


def are_bells_waiting(queue: str) -> bool:
    """Whether rings lie in the queue that no worker has heard yet; true when Redis is away."""
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(**SHORT_RETRY)
            answer = connection.default_channel.queue_declare(queue, passive=True)
    except ChannelError:  # the queue is empty
        return False
    except Exception as error:  # noqa: BLE001
        logger.warning("the queue is out of reach: %s", type(error).__name__)
        return True
    return bool(answer.message_count)
