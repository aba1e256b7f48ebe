"""Telling a firm's own programs what became of its clients: ids and states, no names (F-227)."""

from collections.abc import Iterable
from typing import Any

from clients.models import Connection
from practice.actions.deliveries import announce
from practice.roles import WebhookKind


def announce_clients(kind: WebhookKind, connections: Iterable[Connection]) -> None:
    """As they are now, each to its own firm, in the caller's transaction."""
    announce(kind, [(row.firm_id, facts_of(row)) for row in connections])


def facts_of(row: Connection) -> dict[str, Any]:
    """In the words of the API: `client` is its id there, `client_id` the firm's own number."""
    return {
        "client": row.pk,
        "client_id": row.client_number,
        "status": row.status,
        "billing_model": row.billing_model,
        "branch": row.branch_id,
    }
