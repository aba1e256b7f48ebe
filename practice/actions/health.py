"""Whether this installation can work: quick questions, answers without secrets (F-231)."""

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache

from celery import current_app
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from practice import clock
from practice.models import Schedule

OK, LATE, FAILING = "ok", "late", "failing"
TICK_MAY_LAG = timedelta(minutes=3)
# Without these no page works; without the others pages work and mail waits.
VITAL = ("database", "migrations")


def check_health() -> dict[str, str]:
    """Part → "ok", "late" or "failing"."""
    parts = {"database": passes(database_answers)}
    if parts["database"] == OK:
        parts["migrations"] = passes(has_no_pending_migration)
        parts["periodic jobs"] = OK if passes(tick_is_recent) == OK else LATE
    parts["queue"] = passes(queue_answers)
    return parts


def is_working(parts: dict[str, str]) -> bool:
    return all(parts.get(name) == OK for name in VITAL)


def passes(question: Callable[[], bool]) -> str:
    try:
        return OK if question() else FAILING
    except Exception:  # noqa: BLE001
        return FAILING


def database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def has_no_pending_migration() -> bool:
    """Asked until the answer is yes: code and migrations of a process do not change."""
    if _is_migrated():
        return True
    _is_migrated.cache_clear()
    return False


@lru_cache(maxsize=1)
def _is_migrated() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def tick_is_recent() -> bool:
    return Schedule.objects.filter(last_started_at__gt=clock.now() - TICK_MAY_LAG).exists()


def queue_answers() -> bool:
    with current_app.connection_for_write() as queue:
        queue.ensure_connection(max_retries=1, interval_start=0, timeout=1)
        return bool(queue.connected)
