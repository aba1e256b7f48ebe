"""Chromium over a live server: `browser_page`, `signed_in(user)` and a world to walk in.

A test that only looks shares the `shared_world` of its module; one that changes rows has a `world`
of its own, loaded before it and cleared after it.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.testcases import LiveServerThread
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from config.fonts import made
from practice import tenancy
from practice.models import User
from tests.databases import clear_database
from tests.snapshots import Snapshot, put_back, take

# A page that answers 403, 404 or 422 on purpose is no mistake of the page, nor is a question that a
# newer one overtakes while somebody types.
EXPECTED = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")
SHARED_CLIENTS = 60  # two pages of the list, and all clients that stand on a limit


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    made()  # the fonts, before a page waits for them
    # Playwright's synchronous calls keep an event loop in this thread; the tests still use the
    # database from it, one call after the other.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the running product. Unlike `live_server` it clears no rows after a test."""
    server = LiveServerThread("localhost", StaticFilesHandler, connections_override={})
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    yield f"http://localhost:{server.port}"
    server.terminate()


@pytest.fixture
def new_context(browser, site) -> Iterator[Callable[..., BrowserContext]]:
    """`new_context(java_script_enabled=False, …)`: another window with cookies of its own."""
    opened: list[BrowserContext] = []

    def open_one(**options: Any) -> BrowserContext:
        plainest = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"}
        context = browser.new_context(base_url=site, **{**plainest, **options})
        context.set_default_timeout(10_000)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def browser_context(new_context) -> BrowserContext:
    context: BrowserContext = new_context()
    return context


@pytest.fixture
def console() -> list[str]:
    """What the browser complained of so far: errors of scripts, breaches of the security policy."""
    return []


@pytest.fixture
def browser_page(browser_context, console) -> Iterator[Page]:
    """A page; a complaint in its console fails the test."""
    page = browser_context.new_page()
    page.on("pageerror", lambda error: console.append(str(error)))
    page.on("console", lambda line: note(console, line))
    yield page
    assert not console, "\n".join(console)


def note(console: list[str], line: ConsoleMessage) -> None:
    if line.type == "error" and not line.text.startswith(EXPECTED):
        console.append(f"{line.location['url']}: {line.text}")


@pytest.fixture
def signed_in(browser_context, browser_page, site) -> Callable[[User], Page]:
    """`signed_in(user)`: the page, with a session of that person, nothing typed."""

    def sign_in(user: User) -> Page:
        let_in(browser_context, user, site)
        return browser_page

    return sign_in


def let_in(context: BrowserContext, user: User, site: str) -> None:
    client = Client()
    client.force_login(user)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": site}])


class World:
    """The demo world, and its people by first name: `world.mia`."""

    def __getattr__(self, name: str) -> User:
        with tenancy.as_system():
            return User.objects.get(email_key__startswith=f"{name}@")


LOADED: dict[int, Snapshot] = {}


def load_demo(clients: int) -> None:
    """Once; from then on the same rows are put back."""
    if clients in LOADED:
        put_back(LOADED[clients])
    else:
        call_command("demo", clients=clients, verbosity=0)
        LOADED[clients] = take()


@pytest.fixture
def world(transactional_db) -> World:
    """The small demo world, committed, for browser tests."""
    load_demo(20)
    return World()


@pytest.fixture(scope="module")
def shared_world(django_db_setup, django_db_blocker) -> Iterator[World]:
    """The demo world of a whole module, for tests that leave it as it is."""
    with django_db_blocker.unblock():
        load_demo(SHARED_CLIENTS)
        yield World()
        connection.close()
        clear_database()
