"""What the API's addresses take and answer: read by the gate, the schema and the docs page (F-226).

An operation stands beside its view. The gate keeps to it (scope, method, kind of body), the schema
at /api/v1/openapi.json and the page at /api/v1/docs are made of it: none of them can drift apart.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from practice.roles import ApiScope

Schema = dict[str, Any]  # JSON Schema, as OpenAPI 3.1 has it

VERSION = "1"
LARGEST = 1024 * 1024  # bytes of a body
JSON = "application/json"

NO_KEY = "Send your key: Authorization: Bearer chk_…"
WRONG_KEY = "This key is not known, or it was revoked."
LACKS = "This key lacks the scope “{}”."
UNKNOWN = "There is no such address in this API."
METHOD = "This address answers {}."
TOO_OFTEN = "Too many requests in this minute. Wait for the next one."
TOO_LARGE = f"The body is larger than {LARGEST:,} bytes."
NOT_JSON = "The body is not JSON."
BAD_TYPE = f"Send the body with Content-Type: {JSON}."
AGAIN = "The database was busy. Send the same request again."

CHALLENGE = {"WWW-Authenticate": "Bearer"}
SECONDS = {"type": "integer", "minimum": 1}
ERROR: Schema = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {"error": {"type": "string", "description": "A sentence for people."}},
}


@dataclass(frozen=True)
class Refusal:
    """An answer other than 200: when it comes, what it says, and its headers with their schema."""

    status: int
    when: str
    says: str
    headers: Mapping[str, Schema] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, str]:
        return {"error": self.says}

    @property
    def text(self) -> str:
        return json.dumps(self.body, ensure_ascii=False)


@dataclass(frozen=True)
class Parameter:
    """Of the query string."""

    name: str
    schema: Schema


@dataclass(frozen=True)
class Operation:
    """One method of one address. `example` is what a 200 holds, `sample` what is sent."""

    method: str
    path: str
    name: str
    summary: str
    scope: ApiScope
    answer: Schema
    example: Any
    parameters: tuple[Parameter, ...] = ()
    takes: Schema | None = None
    sample: Any = None
    invalid: tuple[str, str] = ("", "")  # of 422: when it comes, and what it says
    refuses_writing: str = ""  # the sentence for those who write, 403; else they hear 405

    @property
    def methods(self) -> tuple[str, ...]:
        return ("GET", "HEAD") if self.method == "GET" else (self.method,)

    @property
    def refusals(self) -> list[Refusal]:
        return sorted(refusals_of(self), key=lambda refusal: refusal.status)


def refusals_of(operation: Operation) -> Iterator[Refusal]:
    """Every refusal of the gate, and those of the view."""
    often = f"More than {settings.API_REQUESTS_PER_MINUTE:,} requests a minute with one key."
    later = {"Retry-After": {**SECONDS, "description": "Seconds to wait."}}
    who = {"WWW-Authenticate": {"type": "string", "const": "Bearer"}}
    yield Refusal(401, "Without a key, or with one that is unknown or revoked.", NO_KEY, who)
    yield Refusal(403, "The key lacks the scope.", LACKS.format(operation.scope))
    yield Refusal(429, often, TOO_OFTEN, later)
    yield Refusal(503, "The database could not finish in time.", AGAIN, later)
    if operation.takes:
        yield Refusal(400, "The body cannot be read as JSON.", NOT_JSON)
        yield Refusal(413, f"The body is larger than {LARGEST:,} bytes.", TOO_LARGE)
        yield Refusal(415, f"The body has another Content-Type than {JSON}.", BAD_TYPE)
    if operation.invalid[0]:
        yield Refusal(422, *operation.invalid)


OTHERS = (
    Refusal(404, "An address that is not on this page.", UNKNOWN),
    Refusal(405, "Another method than the address answers; Allow names it.", METHOD.format("POST")),
)

_operations: dict[tuple[str, str], Operation] = {}


def describe(operation: Operation) -> None:
    _operations[operation.path, operation.method] = operation


def operations() -> list[Operation]:
    """By address."""
    return [_operations[key] for key in sorted(_operations, reverse=True)]


def document() -> Schema:
    """The whole API as OpenAPI 3.1."""
    paths: dict[str, Schema] = {}
    for operation in operations():
        paths.setdefault(operation.path, {})[operation.method.lower()] = written(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Countinghouse",
            "version": VERSION,
            "description": (
                "Keys are made in Practice Settings > API keys. One key is one firm: what belongs"
                " to another firm is as unknown as what never was. Other methods than those listed"
                " answer 405, other addresses 404."
            ),
        },
        "servers": [{"url": settings.SITE_URL}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": ERROR},
        },
    }


def written(operation: Operation) -> Schema:
    said: Schema = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Needs the scope {operation.scope}.",
        "parameters": [
            {"name": one.name, "in": "query", "required": False, "schema": one.schema}
            for one in operation.parameters
        ],
        "responses": {"200": content("Done.", operation.answer, operation.example)},
    }
    if operation.takes:
        body = {"schema": operation.takes, "example": operation.sample}
        said["requestBody"] = {"required": True, "content": {JSON: body}}
    for refusal in operation.refusals:
        said["responses"][str(refusal.status)] = refused(refusal)
    return said


def refused(refusal: Refusal) -> Schema:
    schema = {"$ref": "#/components/schemas/Error"}
    answer = content(refusal.when, schema, refusal.body)
    if refusal.headers:
        answer["headers"] = {
            name: {"required": True, "schema": schema} for name, schema in refusal.headers.items()
        }
    return answer


def content(description: str, schema: Schema, example: Any) -> Schema:
    return {
        "description": description,
        "content": {JSON: {"schema": schema, "example": example}},
    }
