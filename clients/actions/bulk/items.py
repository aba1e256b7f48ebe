"""Outcomes of many clients, written with one statement."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection as database

from clients.models import BulkItem

SAVE = """
UPDATE clients_bulkitem SET outcome = said.outcome, reason = said.reason,
  after = said.after::jsonb
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[]) AS said (id, outcome, reason, after)
WHERE clients_bulkitem.id = said.id
"""


def save_items(items: Sequence[BulkItem]) -> None:
    columns: list[Any] = [
        [item.pk for item in items],
        [str(item.outcome) for item in items],
        [item.reason[:300] for item in items],
        [None if item.after is None else json.dumps(item.after) for item in items],
    ]
    with database.cursor() as cursor:
        cursor.execute(SAVE, columns)
