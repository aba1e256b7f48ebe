"""The JSON API: a key instead of a session, and answers that a program reads (F-226).

A refusal is `{"error": "a sentence"}` with 400, 401, 403, 404, 405, 413, 415, 422 or 429. Where the
database could not finish, 503 asks to be sent the same again.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from practice import tenancy
from practice.actions.api_keys import is_guessing, is_within_rate, recognise
from practice.api import describing as says
from practice.api.describing import JSON, LARGEST, Operation
from practice.history import request_facts
from practice.models import ApiKey, Firm

UNREADABLE = (ValueError, RecursionError)  # json's own errors and those of the encoding are values
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class ApiRequest(HttpRequest):
    """A request of a program that showed a key."""

    api_key: ApiKey
    firm: Firm


class Problem(Exception):
    """An answer that is a refusal: its status, and a sentence."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.headers = status, headers or {}

    def response(self) -> JsonResponse:
        return JsonResponse({"error": str(self)}, status=self.status, headers=self.headers)


ApiView = Callable[[ApiRequest], HttpResponse]


def with_key(operation: Operation) -> Callable[[ApiView], Callable[[HttpRequest], HttpResponse]]:
    """A view for holders of a live key with the operation's scope, in the context of its firm."""
    says.describe(operation)

    def decorate(view: ApiView) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt  # no cookie is believed here
        @login_not_required
        @wraps(view)
        def answer(request: Any) -> HttpResponse:
            try:
                enter(request, operation)
                return view(request)
            except Problem as problem:
                return problem.response()
            except OperationalError:
                return Problem(503, says.AGAIN, {"Retry-After": "1"}).response()

        answer.operation = operation  # type: ignore[attr-defined]
        return answer

    return decorate


def enter(request: ApiRequest, operation: Operation) -> None:
    """Set `request.api_key` and `request.firm`, and the tenant; raises `Problem`."""
    key = key_of(request)
    if not is_within_rate(key):
        raise Problem(429, says.TOO_OFTEN, {"Retry-After": "60"})
    if operation.scope not in key.scopes:
        raise Problem(403, says.LACKS.format(operation.scope))
    allow(request, operation)
    request.api_key, request.firm = key, key.firm
    tenancy.switch(tenancy.Context(tenancy.Realm.STAFF, key.firm_id))


def key_of(request: HttpRequest) -> ApiKey:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise Problem(401, says.NO_KEY, says.CHALLENGE)
    key = recognise(secret.strip())
    if key is None:
        if is_guessing(request_facts.get().ip):
            raise Problem(429, says.TOO_OFTEN, {"Retry-After": "60"})
        raise Problem(401, says.WRONG_KEY, says.CHALLENGE)
    return key


def allow(request: HttpRequest, operation: Operation) -> None:
    if request.method in operation.methods:
        return
    if operation.refuses_writing and request.method in WRITING:
        raise Problem(403, operation.refuses_writing)
    allowed = ", ".join(operation.methods)
    raise Problem(405, says.METHOD.format(allowed), {"Allow": allowed})


def read_json(request: HttpRequest) -> Any:
    """The body as JSON; raises `Problem`."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length[:20]) > LARGEST:
        raise Problem(413, says.TOO_LARGE)
    if request.content_type != JSON:
        raise Problem(415, says.BAD_TYPE)
    try:
        return json.loads(request.body)
    except UNREADABLE as wrong:
        raise Problem(400, says.NOT_JSON) from wrong
