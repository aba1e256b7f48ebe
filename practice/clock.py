"""The one clock. SQL receives the time from here and never calls `now()` itself.

Outside production a tester moves it with `manage.py clock +60d` or in Django admin. The offset is a
row in the database, so that web, worker and beat agree within a second.
"""

import time
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

FRESH_FOR = 1.0  # seconds
_read: tuple[float, timedelta] = (float("-inf"), timedelta(0))


def offset() -> timedelta:
    """How far the clock stands from the true time; always zero in production."""
    global _read
    if not settings.MOVABLE_CLOCK:
        return timedelta(0)
    at, known = _read
    if time.monotonic() - at > FRESH_FOR:
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(seconds), 0) FROM practice_clockoffset")
            known = timedelta(seconds=cursor.fetchone()[0])
        _read = (time.monotonic(), known)
    return known


def ignore_offset() -> None:
    """For this process: the true time (migrations run before the offset's table exists)."""
    global _read
    _read = (float("inf"), timedelta(0))


def now() -> datetime:
    return timezone.now() + offset()


def today() -> date:
    return timezone.localdate(now())
