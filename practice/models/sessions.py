"""Sessions in the database, read by a plain statement: every request does it first."""

from typing import Any

from django.contrib.sessions.backends import db
from django.db import connection as database
from django.utils import timezone

FIND = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        with database.cursor() as cursor:
            cursor.execute(FIND, [self.session_key, timezone.now()])
            found = cursor.fetchone()
        if found is None:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(found[0])
        return data
