"""The API about clients: who they are, and what they do in their own accounts (F-226, F-229)."""

from typing import Any

from django.http import HttpResponse, JsonResponse

from clients.actions.ledger import record_api_reading
from clients.actions.usage import MOST_EVENTS, take_events
from clients.actions.usage.checking import LARGEST_ID, LONGEST_CLIENT_ID, MOST_COUNTED
from clients.models import Connection
from clients.models.usage import LONGEST_EVENT_ID, LONGEST_NAME
from clients.roles import BillingModel, ConnectionStatus, UsageKind
from practice.api import ApiRequest, Problem, read_json, with_key
from practice.api.describing import Operation, Parameter, Schema
from practice.roles import ApiScope

PAGE = 100

READ_ONLY = "Keys read clients; they are changed in Countinghouse."
BAD_AFTER = "after is the id of the last client of the page before."
NO_EVENTS = f'Send {{"events": […]}} with 1 to {MOST_EVENTS:,} events.'

NUMBER: Schema = {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}
WHEN: Schema = {"type": "string", "format": "date-time"}


def exactly(properties: dict[str, Schema], *optional: str) -> Schema:
    """An object with these properties and no others."""
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        "properties": properties,
    }


CLIENT = exactly(
    {
        "id": {**NUMBER, "description": "The client’s number in this API."},
        "client_id": {"type": "string", "description": "Your own Client ID of it, or empty."},
        "name": {"type": "string"},
        "status": {"type": "string", "enum": ConnectionStatus.values},
        "billing_model": {"type": "string", "enum": BillingModel.values},
        "branch": {"type": "string", "description": "The branch’s name."},
        "connected_on": {"type": ["string", "null"], "format": "date"},
        "last_activity_at": {"type": ["string", "null"], "format": "date-time"},
    }
)
LIST_CLIENTS = Operation(
    method="GET",
    path="/api/v1/clients",
    name="listClients",
    summary="The firm’s clients by id, a hundred at a time.",
    scope=ApiScope.CLIENTS_READ,
    parameters=(
        Parameter(
            "after",
            {
                "type": "integer",
                "minimum": 0,
                "maximum": LARGEST_ID,
                "description": "The next of the page before.",
            },
        ),
    ),
    answer=exactly(
        {
            "clients": {"type": "array", "maxItems": PAGE, "items": CLIENT},
            "next": {
                "type": ["integer", "null"],
                "description": "The after of the page that follows; null on the last one.",
            },
        }
    ),
    example={
        "clients": [
            {
                "id": 17,
                "client_id": "1010",
                "name": "Acme Bakery",
                "status": "active",
                "billing_model": "bill_us",
                "branch": "London",
                "connected_on": "2024-06-10",
                "last_activity_at": "2026-11-28T09:30:00Z",
            }
        ],
        "next": None,
    },
    invalid=("after is no id.", BAD_AFTER),
    refuses_writing=READ_ONLY,
)

EVENT_ID = "Yours: 1 to {} printable ASCII characters, the same whenever it is sent."
EVENT: Schema = {
    **exactly(
        {
            "id": {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_EVENT_ID,
                "pattern": "^[!-~]([ -~]*[!-~])?$",
                "description": EVENT_ID.format(LONGEST_EVENT_ID),
            },
            "client": {**NUMBER, "description": "The client’s id; this or client_id."},
            "client_id": {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_CLIENT_ID,
                "description": "Your own Client ID of it; this or client.",
            },
            "kind": {"type": "string", "enum": UsageKind.values},
            "at": {
                **WHEN,
                "description": "With its zone, at most two years back and ten minutes ahead.",
            },
            "count": {
                "type": "integer",
                "minimum": 1,
                "maximum": MOST_COUNTED,
                "description": "Of a kind that is counted; 1 when left out.",
            },
            "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_NAME,
                "description": "Of the others: which bank feed, gateway, add-on or package. Of a"
                " job its number.",
            },
        },
        "client",
        "client_id",
        "count",
        "name",
    ),
    "oneOf": [{"required": ["client"]}, {"required": ["client_id"]}],
}
SEND_ACTIVITY = Operation(
    method="POST",
    path="/api/v1/activity",
    name="sendActivity",
    summary="What clients did in their own accounts. An event is known by its id: a batch may be"
    " sent again until it is answered. Events that are refused do not stop the others.",
    scope=ApiScope.ACTIVITY_WRITE,
    takes={
        "type": "object",
        "required": ["events"],
        "properties": {
            "events": {"type": "array", "minItems": 1, "maxItems": MOST_EVENTS, "items": EVENT}
        },
    },
    sample={
        "events": [
            {
                "id": "a-1",
                "client_id": "1010",
                "kind": "invoice",
                "at": "2026-11-28T09:30:00Z",
                "count": 3,
            }
        ]
    },
    answer=exactly(
        {
            "new": {"type": "integer", "minimum": 0},
            "known": {
                "type": "integer",
                "minimum": 0,
                "description": "Events that were sent before.",
            },
            "refused": {
                "type": "array",
                "items": exactly(
                    {
                        "index": {
                            "type": "integer",
                            "minimum": 0,
                            "description": "Its place in the batch, from 0.",
                        },
                        "id": {"type": "string"},
                        "error": {"type": "string", "description": "Why it was not taken."},
                    }
                ),
            },
        }
    ),
    example={
        "new": 998,
        "known": 1,
        "refused": [{"index": 4, "id": "a-5", "error": "at lies in the future."}],
    },
    invalid=("The body is no batch of events.", NO_EVENTS),
)


@with_key(LIST_CLIENTS)
def clients(request: ApiRequest) -> HttpResponse:
    """A hundred clients of the firm by id; `next` is the `after` of the page that follows."""
    after = request.GET.get("after", "0")
    if not (after.isascii() and after.isdecimal()) or int(after[:20]) > LARGEST_ID:
        raise Problem(422, BAD_AFTER)
    rows = Connection.objects.for_firm(request.firm).filter(pk__gt=int(after[:20]))
    found = list(rows.select_related("branch").order_by("pk")[: PAGE + 1])
    page = found[:PAGE]
    record_api_reading(page, request.api_key)
    more = page[-1].pk if len(found) > PAGE else None
    return JsonResponse({"clients": [described(row) for row in page], "next": more})


def described(row: Connection) -> dict[str, Any]:
    return {
        "id": row.pk,
        "client_id": row.client_number,
        "name": row.name,
        "status": row.status,
        "billing_model": row.billing_model,
        "branch": row.branch.name,
        "connected_on": row.connected_on,
        "last_activity_at": row.last_activity_at,
    }


@with_key(SEND_ACTIVITY)
def activity(request: ApiRequest) -> HttpResponse:
    """A batch of events: how many were new, how many known, and which were refused and why.

    The same batch may be sent again until it is answered: an event is known by its id.
    """
    body = read_json(request)
    events = body.get("events") if isinstance(body, dict) else None
    if not isinstance(events, list) or not 1 <= len(events) <= MOST_EVENTS:
        raise Problem(422, NO_EVENTS)
    answer = take_events(request.firm, events)
    refused = [
        {"index": one.index, "id": one.event_id, "error": one.error} for one in answer.refused
    ]
    return JsonResponse({"new": answer.new, "known": answer.known, "refused": refused})
