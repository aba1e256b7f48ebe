"""`manage.py soak api`: does the API answer as its schema says, whatever a program sends?

Schemathesis reads /api/v1/openapi.json and sends what the schema allows and what it forbids. An
answer that is a server error, or that the schema does not describe, is a violation.
"""

import json
import logging
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import perf_counter
from typing import Any

import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer
from django.test import override_settings
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from bench.soak_cast import a_branch, a_client, a_firm, a_member, arranging
from practice.models import ApiKey
from practice.models.api_keys import HINT, hash_of
from practice.roles import ApiScope

SCHEMA = "/api/v1/openapi.json"
MOST_SHOWN = 20
# A batch with a wrong event is answered by 200 and a refusal of that event; whoever writes with a
# key that reads is told so by 403 rather than 405 (F-226).
BY_DESIGN = [
    {"include-operation-id": name, "checks": {check: {"enabled": False}}}
    for name, check in (
        ("sendActivity", "negative_data_rejection"),
        ("listClients", "unsupported_method"),
    )
]


def options(parser: ArgumentParser) -> None:
    parser.add_argument("--examples", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)


def run(chosen: dict[str, Any]) -> int:
    result = soak(chosen["examples"], chosen["seed"])
    sys.stdout.write(json.dumps(result) + "\n")
    return 1 if result["violations"] else 0


def soak(examples: int, seed: int) -> dict[str, Any]:
    """So many requests of each kind for each operation. The goal is `violations == 0`."""
    started, tally = perf_counter(), Tally()
    logging.disable(logging.WARNING)  # refusals are what it asks for
    with override_settings(API_REQUESTS_PER_MINUTE=10**9), served() as site:
        config = configured(site, a_key(), examples, seed)
        schema = schemathesis.openapi.from_url(f"{site}{SCHEMA}", config=config)
        for event in from_schema(schema).execute():
            tally.add(event)
    logging.disable(logging.NOTSET)
    return {
        "soak": "api",
        "requests": tally.requests,
        "seed": seed,
        "answers": dict(sorted(tally.answers.items())),
        "seconds": round(perf_counter() - started, 1),
        "violations": len(tally.found),
        "shown": tally.found[:MOST_SHOWN],
        "goal": 0,
    }


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None: ...


@contextmanager
def served() -> Iterator[str]:
    """The application behind a port of this machine: what is sent passes through a real server."""
    server = WSGIServer(("127.0.0.1", 0), Quiet)
    server.set_app(WSGIHandler())
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def a_key() -> str:
    """Of a firm with a client that events can be about."""
    with arranging():
        firm = a_firm()
        row = a_client(a_branch(firm, "London"), "Acme Bakery")
        secret = f"chk_{firm.slug}"
        ApiKey.objects.create(
            firm=firm,
            name="Soak",
            hint=secret[:HINT],
            secret_hash=hash_of(secret),
            scopes=ApiScope.values,
            created_by=a_member(firm, "Sana").user,
        )
        assert row.pk
    return secret


def configured(site: str, secret: str, examples: int, seed: int) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "base-url": site,
            "headers": {"Authorization": f"Bearer {secret}"},
            "generation": {"max-examples": examples, "no-shrink": False},
            "phases": {"stateful": {"enabled": False}},
            "operations": BY_DESIGN,
        }
    )


class Tally:
    """What the requests so far have come to."""

    def __init__(self) -> None:
        self.requests, self.answers = 0, Counter[str]()
        self.found: list[str] = []

    def add(self, event: events.EngineEvent) -> None:
        if isinstance(event, events.ScenarioFinished):
            self.count(event.recorder)
        elif isinstance(event, events.NonFatalError):
            self.found.append(f"{event.label}: {event.value!r}")
        elif isinstance(event, events.FatalError):
            self.found.append(repr(event.exception))

    def count(self, recorder: Any) -> None:
        for interaction in recorder.interactions.values():
            if interaction.response is not None:
                self.requests += 1
                self.answers[str(interaction.response.status_code)] += 1
        for checks in recorder.checks.values():
            for check in checks:
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    self.found.append(f"{recorder.label}: {check.name}: {failure}"[:600])
