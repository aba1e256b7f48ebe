"""/api/v1/docs for people, /api/v1/openapi.json for programs, and every other address (F-226)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from practice.api import Problem
from practice.api.describing import (
    LARGEST,
    OTHERS,
    UNKNOWN,
    Operation,
    Schema,
    document,
    operations,
)
from practice.roles import API_SCOPE_HELP, ApiScope

WORDS = {"string": "text", "integer": "whole number", "object": "object", "array": "list"}


@login_not_required
@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """The schema as a page; it knows of no firm, so that it is open."""
    context = {
        "site_url": settings.SITE_URL,
        "operations": [Described(operation) for operation in operations()],
        "scopes": [(scope.value, scope.label, API_SCOPE_HELP[scope]) for scope in ApiScope],
        "others": OTHERS,
        "largest": LARGEST,
        "often": settings.API_REQUESTS_PER_MINUTE,
    }
    return render(request, "practice/api_docs.html", context)


@login_not_required
@require_safe
def api_schema(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return JsonResponse(document(), json_dumps_params={"indent": 1})


@csrf_exempt
@login_not_required
def api_unknown(request: HttpRequest, unknown: str) -> HttpResponse:  # noqa: ARG001
    return Problem(404, UNKNOWN).response()


@dataclass(frozen=True)
class Field:
    """A line of the table of what is sent or answered."""

    name: str
    kind: str
    note: str
    is_required: bool


@dataclass(frozen=True)
class Described:
    """An operation in the words of the page."""

    operation: Operation

    @property
    def parameters(self) -> list[Field]:
        return [
            Field(one.name, kind_of(one.schema), note_of(one.schema), False)
            for one in self.operation.parameters
        ]

    @property
    def taken(self) -> list[Field]:
        return list(fields_of(self.operation.takes or {}))

    @property
    def answered(self) -> list[Field]:
        return list(fields_of(self.operation.answer))

    @property
    def sample(self) -> str:
        return as_text(self.operation.sample)

    @property
    def example(self) -> str:
        return as_text(self.operation.example)


def as_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) if value is not None else ""


def fields_of(schema: Schema, path: str = "") -> Iterator[Field]:
    """Every field, those inside lists too: `events[].id`."""
    required = schema.get("required", ())
    for name, inner in schema.get("properties", {}).items():
        full = f"{path}{name}"
        yield Field(full, kind_of(inner), note_of(inner), name in required)
        yield from fields_of(inner.get("items", {}), f"{full}[].")


def note_of(schema: Schema) -> str:
    """Its description; of a choice without one, what can be chosen."""
    chosen = f"One of {', '.join(schema['enum'])}." if "enum" in schema else ""
    return str(schema.get("description", chosen))


def kind_of(schema: Schema) -> str:
    """In words: "text of 1 to 80 characters", "whole number of 1 to 1,000,000"."""
    kinds: list[str] = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    words = " or ".join(str(WORDS.get(kind, kind)) for kind in kinds)
    if schema.get("format") == "date-time":
        words = words.replace("text", "time")
    if schema.get("format") == "date":
        words = words.replace("text", "day")
    return f"{words}{size_of(schema)}"


MOST_SAID = 2**53  # beyond, a limit is a computer's and no person's
UNITS = {"Length": " characters", "Items": " entries", "imum": ""}


def size_of(schema: Schema) -> str:
    for name, unit in UNITS.items():
        least, most = schema.get(f"min{name}"), schema.get(f"max{name}")
        if (most or 0) > MOST_SAID:
            return ""
        if most is not None:
            return f" of {least or 0:,} to {most:,}{unit}"
        if least is not None:
            return f" of at least {least:,}{unit}"
    return ""
