"""Chromium over a live server: `browser_page`, `signed_in(user)` and the `world` to walk in."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from practice import tenancy
from practice.models import User

# A page that answers 403, 404 or 422 on purpose is no mistake of the page.
EXPECTED = ("Failed to load resource",)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    # Playwright's synchronous calls keep an event loop in this thread; the tests still use the
    # database from it, one call after the other.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def browser_context(browser, live_server) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}, locale="en-GB"
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def browser_page(browser_context) -> Iterator[Page]:
    """A page; what it complains of in the console (scripts, the security policy) fails the test."""
    page = browser_context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda line: (
            complaints.append(line.text)
            if line.type == "error" and not line.text.startswith(EXPECTED)
            else None
        ),
    )
    yield page
    assert complaints == []


@pytest.fixture
def signed_in(browser_context, browser_page, live_server) -> Callable[[User], Page]:
    """`signed_in(user)`: the page, with a session of that person, nothing typed."""

    def sign_in(user: User) -> Page:
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        browser_context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        return browser_page

    return sign_in


class World:
    """The demo world, and its people by first name: `world.mia`."""

    def __getattr__(self, name: str) -> User:
        with tenancy.as_system():
            return User.objects.get(email_key__startswith=f"{name}@")


@pytest.fixture
def world(transactional_db) -> World:
    """The small demo world, committed, for browser tests."""
    call_command("demo", clients=20, verbosity=0)
    return World()
