"""Without JavaScript: the same pages, the same work."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from practice.models import User
from tests.browser.test_import import check, upload
from tests.browsers import let_in

pytestmark = pytest.mark.browser
LIST = "/harbour/clients/"


@pytest.fixture
def plain(new_context, site) -> Callable[[User], Page]:
    """`plain(user)`: a page that runs no script."""

    def open_one(user: User) -> Page:
        context = new_context(java_script_enabled=False)
        let_in(context, user, site)
        page: Page = context.new_page()
        return page

    return open_one


def test_search(shared_world, plain):
    page = plain(shared_world.sana)
    page.goto(LIST)
    page.locator("#id_q").fill("acme")
    page.keyboard.press("Enter")

    expect(page.locator("tbody .nm")).to_have_text(["Acme Bakery"])


def test_filters_by_branch_and_tag(shared_world, plain):
    page = plain(shared_world.sana)
    page.goto(LIST)
    page.locator("#filters summary", has_text="Branch").click()
    page.get_by_role("link", name="Choose branches").click()
    page.get_by_label("London").check()
    page.get_by_role("button", name="Apply").click()
    page.locator("#filters summary", has_text="Filter").click()
    page.get_by_role("link", name="Choose tags").click()
    page.get_by_label("Seasonal").check()
    page.get_by_role("button", name="Apply").click()

    expect(page.get_by_label("Filters in force")).to_contain_text("Branch: London")
    expect(page.get_by_label("Filters in force")).to_contain_text("Tags: Seasonal")
    expect(page.locator("tbody")).to_contain_text("Acme Bakery")


def test_a_ticked_status(shared_world, plain):
    page = plain(shared_world.sana)
    page.goto(LIST)
    page.locator("#filters summary", has_text="Status").click()
    page.get_by_label("Paused").check()
    page.locator("#filters details[open]").get_by_role("button", name="Apply").click()

    expect(page.locator("tbody .nm")).to_have_text(["Echo Farms"])


def test_the_row_menu_is_a_page(shared_world, plain):
    page = plain(shared_world.sana)
    page.goto(f"{LIST}?q=acme")
    page.get_by_label("Actions", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Acme Bakery")
    page.get_by_role("link", name="Edit Client").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Edit Client")


def test_the_branch_selector(shared_world, plain):
    page = plain(shared_world.sana)
    page.goto(LIST)
    page.locator(".branch summary").click()
    page.locator(".branch").get_by_role("button", name="Dublin").click()

    expect(page.locator(".branch summary")).to_contain_text("Dublin")


def test_the_palette_is_a_search(shared_world, plain):
    page = plain(shared_world.sana)
    page.goto("/harbour/")
    page.get_by_label("Jump to a client").fill("acme")
    page.keyboard.press("Enter")

    expect(page.locator("tbody .nm")).to_have_text(["Acme Bakery"])


def test_the_panels_are_links(shared_world, plain):
    page = plain(shared_world.sana)
    page.goto(LIST)
    page.get_by_role("link", name="Portfolio by activity").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Portfolio")


def test_a_saved_view(world, plain):
    page = plain(world.sana)
    page.goto(f"{LIST}?status=paused")
    page.get_by_role("link", name="Save as view").click()
    page.get_by_label("Name").fill("Tax season")
    page.get_by_role("button", name="Save view").click()
    page.goto(LIST)
    page.locator("#filters summary", has_text="Default view").click()
    page.get_by_role("link", name="All views").click()
    page.get_by_role("link", name="Tax season").click()

    expect(page.locator("tbody .nm")).to_have_text(["Echo Farms"])


def test_an_edit(world, plain):
    page = plain(world.sana)
    page.goto(f"{LIST}?q=acme")
    page.get_by_role("link", name="Acme Bakery").click()
    page.get_by_role("link", name="Edit Client").click()
    page.get_by_label("Contact name").fill("Cora Baker")
    page.get_by_role("button", name="Save Changes").click()

    expect(page.locator("main")).to_contain_text("Cora Baker")


def test_an_import(world, plain):
    page = plain(world.sana)
    upload(page)
    check(page)
    page.get_by_role("button", name=re.compile("^Import 2 clients")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Import finished")
