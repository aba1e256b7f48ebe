"""In Chromium: signing in by hand, and every page accessible, in light, dark and small."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from clients.demo.people import PASSWORD
from clients.models import Connection
from practice import tenancy
from tests.project.routes import Route, routes

pytestmark = pytest.mark.browser

# Fragments, downloads and pages that need what a walk has not: their own tests look at them.
NOT_WALKED = re.compile(
    r"export|download|panel|suggest|filter-|-menu|delete|confirm|reset_password_from|import-|healthz"
    r"|message$|open$|set-up|resend|mfa_(?!index)|logout|inactive|appearance"
)


def test_mia_signs_in_and_out(world, browser_page):
    """F-001."""
    browser_page.goto("/login/")
    browser_page.get_by_label("Email").fill("mia@harbour.test")
    browser_page.get_by_label("Password", exact=True).fill(PASSWORD)
    browser_page.get_by_role("button", name="Sign in").click()

    expect(browser_page).to_have_url(re.compile(r"/harbour/$"))
    expect(browser_page.get_by_role("link", name="Dashboard")).to_have_attribute(
        "aria-current", "page"
    )
    expect(browser_page.get_by_role("banner")).to_contain_text("Mia")


def pages() -> list[Route]:
    return [route for route in routes() if not NOT_WALKED.search(route.name)]


@pytest.fixture
def addresses(world) -> list[str]:
    with tenancy.as_system():
        acme = Connection.objects.get(client_number="1010")
    words = {"firm_slug": "harbour", "connection_id": acme.pk, "account_id": acme.account_id}
    return [
        reverse(route.name, kwargs={name: words[name] for name in route.arguments})
        for route in pages()
        if route.arguments <= set(words)
    ]


def complaints(page: Page, url: str) -> list[str]:
    """What axe calls serious or critical, and a page wider than its window."""
    page.goto(url)
    found = [
        f"{url}: {violation['id']} at {violation['nodes'][0]['target']}"
        for violation in Axe().run(page).response["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
        found.append(f"{url}: wider than {page.viewport_size}")
    return found


@pytest.fixture
def examined(browser_context) -> Page:
    """A page whose console nobody reads: axe writes styles, which the security policy stops."""
    return browser_context.new_page()


def test_no_page_complains_in_the_console(world, signed_in, console, addresses):
    page = signed_in(world.sana)

    for url in addresses:
        page.goto(url)
        page.wait_for_load_state("networkidle")

    assert not console, "\n".join(console)


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")], ids=str
)
def test_every_page_is_accessible(world, signed_in, examined, addresses, width, scheme):
    signed_in(world.mia if width == 390 else world.sana)
    examined.set_viewport_size({"width": width, "height": 900})
    examined.emulate_media(color_scheme=scheme)

    found = [complaint for url in addresses for complaint in complaints(examined, url)]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("url", ["/login/", "/register/", "/password/reset/"])
def test_the_signed_out_pages_are_accessible(world, examined, url):
    assert complaints(examined, url) == []


def test_pages_work_without_script(world, browser, live_server, signed_in, browser_context):
    signed_in(world.sana)
    context = browser.new_context(
        base_url=live_server.url,
        java_script_enabled=False,
        storage_state=browser_context.storage_state(),
    )
    page = context.new_page()

    page.goto("/harbour/clients/?q=acme")

    expect(page.get_by_role("link", name="Acme Bakery")).to_be_visible()
    context.close()
