"""The API about clients: who they are, and what they do in their own accounts (F-226, F-229)."""

from typing import Any

from django.http import HttpResponse, JsonResponse

from clients.actions.usage import MOST_EVENTS, take_events
from clients.actions.usage.checking import LARGEST_ID
from clients.models import Connection
from practice.api import ApiRequest, Problem, allow, read_json, with_key
from practice.roles import ApiScope

PAGE = 100

READ_ONLY = "Keys read clients; they are changed in Countinghouse."
BAD_AFTER = "after is the id of the last client of the page before."
NO_EVENTS = f'Send {{"events": […]}} with 1 to {MOST_EVENTS:,} events.'


@with_key(ApiScope.CLIENTS_READ)
def clients(request: ApiRequest) -> HttpResponse:
    """A hundred clients of the firm by id; `next` is the `after` of the page that follows."""
    if request.method not in ("GET", "HEAD"):
        raise Problem(403, READ_ONLY)
    after = request.GET.get("after", "0")
    if not (after.isascii() and after.isdecimal()) or int(after[:20]) > LARGEST_ID:
        raise Problem(422, BAD_AFTER)
    rows = Connection.objects.for_firm(request.firm).filter(pk__gt=int(after[:20]))
    found = list(rows.select_related("branch").order_by("pk")[: PAGE + 1])
    page = found[:PAGE]
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


@with_key(ApiScope.ACTIVITY_WRITE)
def activity(request: ApiRequest) -> HttpResponse:
    """A batch of events: how many were new, how many known, and which were refused and why.

    The same batch may be sent again until it is answered: an event is known by its id.
    """
    allow(request, "POST")
    body = read_json(request)
    events = body.get("events") if isinstance(body, dict) else None
    if not isinstance(events, list) or not 1 <= len(events) <= MOST_EVENTS:
        raise Problem(422, NO_EVENTS)
    answer = take_events(request.firm, events)
    refused = [
        {"index": one.index, "id": one.event_id, "error": one.error} for one in answer.refused
    ]
    return JsonResponse({"new": answer.new, "known": answer.known, "refused": refused})
