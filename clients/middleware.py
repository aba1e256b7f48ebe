"""What surrounds a request for a client's page: the client's own ledger of it (F-245)."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from clients.actions.ledger import record_opening
from clients.models.ledger import PAGES


class AccessLedger:
    """A page of a client that was shown is an entry, in the request's own transaction.

    What was refused, not found or only sent is none; `get_connection` says which client it was.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        opened = getattr(request, "opened", None)
        if opened is None or request.method != "GET" or response.status_code != 200:
            return response
        page = PAGES.get(request.resolver_match.url_name or "") if request.resolver_match else None
        if page:
            record_opening(opened, page, by=request.user)  # type: ignore[arg-type]
        return response
