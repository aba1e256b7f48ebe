"""Who last changed something about a client, when and why: read from its history."""

from typing import Any

from django.db.models import F, Q
from django.db.models.expressions import Window
from django.db.models.functions import Lag

from clients.models.connections import Connection

ACCESS_LEVEL = ("access_level", "access_features", "access_reason")
RESTRICTION = ("is_restricted",)


def last_turn(connection: Connection, fields: tuple[str, ...]) -> Any:
    """The history row that gave these fields their present values, with `history_user`; one query.

    None where the history does not reach back.
    """
    before = {f"old_{name}": Window(Lag(name), order_by=F("history_id").asc()) for name in fields}
    changed = Q(history_type="+")
    for name in fields:
        changed |= ~Q(**{name: F(f"old_{name}")})
    rows = Connection.history.filter(id=connection.pk).annotate(**before).filter(changed)
    return rows.select_related("history_user").order_by("-history_id").first()
