"""Sending events to the API as a program does."""

from datetime import timedelta
from typing import Any

from django.test import Client

from practice import clock

ACTIVITY = "/api/v1/activity"
CLIENTS = "/api/v1/clients"
SECRET = "chk_" + "s" * 43


def bearer(secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def send(events: Any, secret: str = SECRET) -> Any:
    """The response to a batch; `events` may be anything, so that wrong ones can be sent."""
    body = {"events": events}
    return Client().post(ACTIVITY, body, content_type="application/json", headers=bearer(secret))


def event(number: int = 1, **facts: Any) -> dict[str, Any]:
    """An hour-old login of client 1010; None takes a field away."""
    at = (clock.now() - timedelta(hours=1)).isoformat()
    said = {"id": f"e-{number}", "client_id": "1010", "kind": "login", "at": at, **facts}
    return {name: value for name, value in said.items() if value is not None}
