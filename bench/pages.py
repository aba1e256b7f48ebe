"""Whole requests, in this process, through every middleware, as a web process answers them."""

import io
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.test import Client

from config.deploy.gunicorn import post_worker_init
from practice import clock
from practice.models import User


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    ms: float


def prepare() -> None:
    """As a web process of `manage.py up` is: pooled connections, hashed names of static files."""
    connection.close()
    connection.settings_dict["OPTIONS"] = {
        **connection.settings_dict.get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": 2},
    }
    clock.ignore_offset()
    if "Manifest" in str(settings.STORAGES["staticfiles"]) or settings.STATIC_ROOT:
        call_command("collectstatic", interactive=False, verbosity=0)
    get_wsgi_application()
    post_worker_init(None)


class Visitor:
    """A signed-in person who asks for pages."""

    def __init__(self, user_id: int) -> None:
        self.application = get_wsgi_application()
        client = Client()
        client.force_login(User.objects.get(pk=user_id))
        self.cookie = f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"

    def get(self, path: str, query: str) -> Answer:
        status: list[str] = []
        environ = self.environ(path, query)
        started = time.perf_counter()
        begin: Any = lambda line, _headers, *_: status.append(line)  # noqa: E731
        answer: Any = self.application(environ, begin)
        body = b"".join(answer)
        answer.close()
        took = (time.perf_counter() - started) * 1000
        return Answer(int(status[0].split()[0]), body, took)

    def environ(self, path: str, query: str) -> dict[str, Any]:
        return {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": self.cookie,
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }

    def median(self, path: str, query: str, runs: int) -> float:
        return statistics.median(self.get(path, query).ms for _ in range(runs))

    def queries(self, path: str, query: str) -> list[str]:
        """Statements of one request; opening and closing its transaction are not counted."""
        with statements() as seen:
            self.get(path, query)
        return seen


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield seen
