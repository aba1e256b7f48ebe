"""Every page is accessible and fits, in light and dark, wide and narrow, without a complaint.

A page is loaded once, and then shown on each screen: the server knows of no screen.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.browser.pages import NOT_PAGES, VISITS, address, rows
from tests.browsers import let_in, note
from tests.project.routes import routes

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Screen:
    width: int
    height: int
    scheme: str

    def __str__(self) -> str:
        return f"{self.width} {self.scheme}"


Window = tuple[Page, list[str]]  # and what it complains of
WIDE, NARROW = (1440, 900), (390, 844)
SCREENS = [Screen(*WIDE, "light"), Screen(*NARROW, "dark")]
# A rule's impact is that of all it finds: the others are not run. No rule that is run preloads.
GRAVE = """() => {
    const isGrave = ({impact}) => !impact || ["serious", "critical"].includes(impact);
    const others = axe._audit.rules.filter(rule => !isGrave(rule)).map(rule => rule.id);
    const rules = Object.fromEntries(others.map(id => [id, {enabled: false}]));
    const chosen = {resultTypes: ["violations"], preload: false, rules};
    return axe.run(document, chosen).then(found => found.violations.filter(isGrave).map(fault =>
        ({id: fault.id, places: fault.nodes.length, first: fault.nodes[0].html})));
}"""
if os.environ.get("EVERY_SCREEN"):
    SCREENS += [Screen(*WIDE, "dark"), Screen(*NARROW, "light")]


@pytest.fixture(scope="module")
def known(shared_world) -> dict[str, dict[str, object]]:
    return dict(rows(shared_world))


@pytest.fixture(scope="module")
def window(shared_world, browser, site) -> Iterator[Callable[[str], Window]]:
    """`window(person)`: one for all that this person opens, on the first screen."""
    opened: dict[str, Window] = {}

    def of(person: str) -> Window:
        if person not in opened:
            context = browser.new_context(base_url=site, reduced_motion="reduce")
            if person:
                let_in(context, getattr(shared_world, person), site)
            opened[person] = listened_to(context.new_page())
        page, said = opened[person]
        show_on(SCREENS[0], page)
        said.clear()
        return page, said

    yield of
    for page, _ in opened.values():
        page.context.close()


def show_on(screen: Screen, page: Page) -> None:
    page.set_viewport_size({"width": screen.width, "height": screen.height})
    page.emulate_media(color_scheme=screen.scheme, reduced_motion="reduce")


def listened_to(page: Page) -> Window:
    """What axe itself tries has no address, and may be told as late as on the next page."""
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda line: line.location["url"] and note(said, line))
    return page, said


@pytest.mark.parametrize("visit", VISITS, ids=str)
def test_page(visit, known, window):
    page, said = window(visit.person)

    response = page.goto(address(visit, known))
    expect(page.locator(".htmx-request")).to_have_count(0)

    assert faults_on_every_screen(page) == {}
    assert (response.status, said) == (visit.status, [])


@pytest.mark.parametrize("url", ["/nothing/here/", "/harbour/clients/999999/"])
def test_an_unknown_page(url, window):
    page, _ = window("sana")

    response = page.goto(url)

    assert (response.status, faults_on_every_screen(page)) == (404, {})


@pytest.mark.parametrize("url", ["/admin/", "/admin/clients/connection/", "/admin/practice/firm/"])
def test_the_operators_pages_open(url, window):
    page, _ = window("ops")

    response = page.goto(url)

    assert response.status == 200


def test_a_grave_fault_is_found(window):
    page, _ = window("")
    page.goto("/login/")
    page.evaluate("() => document.querySelector('main').append(document.createElement('button'))")

    found = faults_on_every_screen(page)

    assert found == {str(screen): ["button-name (1): <button></button>"] for screen in SCREENS}


def test_no_page_is_left_out():
    assert {visit.route for visit in VISITS} | NOT_PAGES == {route.name for route in routes()}
    assert {visit.route for visit in VISITS} & NOT_PAGES == set()


def faults_on_every_screen(page: Page) -> dict[str, list[str]]:
    found = {}
    for screen in SCREENS:
        show_on(screen, page)
        found[str(screen)] = faults(page)
    return {screen: said for screen, said in found.items() if said}


def faults(page: Page) -> list[str]:
    return [*shape(page), *axe(page)]


def shape(page: Page) -> Iterator[str]:
    """One first heading, a title, a landmark, and nothing to push sideways."""
    asked = """() => ({
        headings: document.querySelectorAll("h1").length,
        mains: document.querySelectorAll("main").length,
        title: document.title.split(" · ")[0].trim().length > 0,
        spill: document.documentElement.scrollWidth - innerWidth,
    })"""
    found = page.evaluate(asked)
    if (found["headings"], found["mains"], found["title"]) != (1, 1, True):
        yield f"{found}"
    if found["spill"] > 0:
        yield f"{found['spill']} pixels too wide"


def axe(page: Page) -> Iterator[str]:
    """What axe calls serious or critical, with the first place where it is so."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    for fault in page.evaluate(GRAVE):
        yield f"{fault['id']} ({fault['places']}): {fault['first'][:200]}"
