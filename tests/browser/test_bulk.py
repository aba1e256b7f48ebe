"""Bulk actions under the hand: ticking, counting, the preview, the results and the way back."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browsers import let_in

pytestmark = pytest.mark.browser
LIST = "/harbour/clients/"


@pytest.fixture
def page(world, signed_in) -> Page:
    opened = signed_in(world.sana)
    opened.goto(LIST)
    return opened


def choose(page: Page, label: str) -> None:
    page.locator("summary", has_text="Bulk Actions").click()
    page.get_by_role("button", name=label).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(label)


def test_rows_are_ticked_and_counted(page):
    """F-085: by hand, by X, the page, and all that match."""
    picked = page.locator("[data-picked]")
    boxes = page.locator("#rows tbody td:first-child input")

    boxes.nth(0).check()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(picked).to_have_text("2")
    page.get_by_label("Select page").check()
    expect(picked).to_have_text(str(boxes.count()))
    page.get_by_label(re.compile(r"Select all \d+ matching")).check()

    total = page.locator("[data-everything]").get_attribute("data-everything")
    expect(picked).to_have_text(str(total))


def test_a_transfer_is_previewed_made_and_undone(page):
    """F-086a, F-087, F-246."""
    for number in range(3):
        page.locator("#rows tbody td:first-child input").nth(number).check()
    choose(page, "Transfer to different branch")
    page.get_by_label("New branch").select_option(label="Dublin · EUR")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before you confirm")

    page.get_by_role("button", name=re.compile(r"^Transfer \d client")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Results")
    page.get_by_role("link", name="Undo").click()
    page.get_by_role("button", name="Undo").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Undone")
    expect(page.locator("main")).to_contain_text("got back what they had")


@pytest.mark.parametrize("size", [(1440, 900, "light"), (390, 844, "dark")])
def test_each_action_asks_its_questions(shared_world, browser, site, size):
    """The pages that the list's form opens: they fit, and everybody can use them."""
    width, height, scheme = size
    context = browser.new_context(
        base_url=site, viewport={"width": width, "height": height}, color_scheme=scheme
    )
    let_in(context, shared_world.sana, site)
    page = context.new_page()
    for label in LABELS:
        page.goto(LIST)
        page.get_by_label(re.compile(r"Select all \d+ matching")).check()

        choose(page, label)

        expect(page.locator(".count")).to_have_text(re.compile(r"^all \d+ matching$"))
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


LABELS = (
    "Transfer to different branch",
    "Update team assignments",
    "Change access levels",
    "Add tags",
    "Export client list",
    "Generate reports",
)
