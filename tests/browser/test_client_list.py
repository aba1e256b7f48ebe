"""The client list under the hand: everything one does there all day, with a script (area D)."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser
LIST = "/harbour/clients/"
OPENED = ("View", "Edit Client", "Edit Tags")
CLOSING = ("Pause Relationship", "Disconnect Client")


@pytest.fixture
def page(shared_world, signed_in) -> Page:
    opened = signed_in(shared_world.sana)
    opened.goto(LIST)
    return opened


def names(page: Page) -> list[str]:
    return page.locator("tbody .nm").all_text_contents()


def tick(page: Page, menu: str, *options: str) -> None:
    page.locator("#filters summary", has_text=menu).click()
    for option in options:
        page.locator("#filters details[open]").get_by_label(option, exact=True).check()
    page.keyboard.press("Escape")


def chips(page: Page):
    return page.get_by_label("Filters in force")


def test_the_columns(page):
    """F-023, F-024b."""
    expect(page.locator("thead th")).to_have_text(
        ",Client,Status,Billing,Branch,Tags,12 months,Last activity,Connected,Account".split(",")
    )
    expect(page.get_by_role("row", name="Acme Bakery").locator(".tag")).to_have_count(2)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("acme", "Acme Bakery"),
        ("Cara", "Acme Bakery"),
        ("cara@ac", "Acme Bakery"),
        ("1002", "Smith Family Trust"),
    ],
)
def test_the_rows_follow_what_is_typed(page, typed, first):
    """F-025…F-025d."""
    page.locator("#id_q").press_sequentially(typed)

    expect(page.locator("tbody .nm")).to_have_text([first])
    expect(page).to_have_url(re.compile(r"\?q="))
    expect(page.locator("#list-count")).to_contain_text("1")
    expect(page.locator("#id_q")).to_be_focused()


def test_search_by_tag(page):
    page.locator("#id_q").press_sequentially("seasonal")

    expect(page).to_have_url(re.compile("q=seasonal"))
    assert {"Acme Bakery", "Echo Farms"} <= set(names(page))


def test_ticking_filters_narrows_and_chips_take_them_off(page):
    """F-026, F-028, F-033, F-034."""
    tick(page, "Billing model", "Bill Us")
    tick(page, "Status", "Paused")

    expect(page.locator("tbody .nm")).to_have_text(["Echo Farms"])
    expect(chips(page)).to_contain_text("Status: Paused")
    assert "model=bill_us" in page.url
    again = page.context.new_page()
    again.goto(page.url)
    assert names(again) == ["Echo Farms"]

    chips(page).locator(".chip", has_text="Status").locator("a, button").first.click()
    expect(chips(page)).not_to_contain_text("Status")
    page.get_by_role("link", name="Remove all filters").click()
    expect(page).to_have_url(re.compile(rf"{LIST}\??$"))


def test_branches_and_tags_are_chosen_from_what_is_typed(page):
    """F-027, F-031."""
    tick(page, "Branch", "Dublin")
    expect(chips(page)).to_contain_text("Branch: Dublin")

    page.locator("#filters summary", has_text="Filter").click()
    page.get_by_label("VIP", exact=True).check()

    expect(chips(page)).to_contain_text("Tags: VIP")
    assert {"branch", "tag"} == set(re.findall(r"[?&](\w+)=\d", page.url))


def test_a_span_of_dates_that_ends_before_it_begins(page):
    """F-029."""
    page.locator("#filters summary", has_text="Filter").click()
    page.get_by_label("Connected from").fill("2026-02-01")
    page.get_by_label("Connected to").fill("2026-01-01")
    page.locator("#filters details[open]").get_by_role("button", name="Apply").click()

    expect(page.locator("main")).to_contain_text(re.compile("before|after"))


def test_headings_sort_up_and_down(page):
    """F-035: those without a date come last, either way."""
    heading = page.get_by_role("columnheader", name="Last activity")

    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    upwards = names(page)
    heading.get_by_role("link").click()
    expect(heading).to_have_attribute("aria-sort", "descending")

    assert names(page)[0] != upwards[0]
    assert page.locator("tbody tr").first.locator("time").count() > 0


def test_columns_are_chosen(page):
    """F-024."""
    tick(page, "Columns", "Plan", "Access Status")

    expect(page.locator("thead")).to_contain_text("Access Status")
    expect(page.get_by_role("row", name="Acme Bakery")).to_contain_text("Solo")


def test_the_row_menu_opens_in_place(page):
    """F-036, by mouse and by keyboard."""
    row = page.get_by_role("row", name="Acme Bakery")
    more = row.get_by_label("Actions", exact=True)

    more.click()
    expect(row.get_by_role("link", name="Edit Client")).to_be_visible()
    expect(page).to_have_url(re.compile(f"{LIST}$"))
    page.keyboard.press("Escape")
    expect(row.get_by_role("link", name="Edit Client")).to_have_count(0)
    expect(more).to_be_focused()

    more.press("Enter")
    expect(row.get_by_role("link", name="View")).to_be_focused()
    expect(row.locator(".menu-list li")).to_contain_text(
        [*OPENED, "Change Branch", "Team Assignments", "Access Settings", *CLOSING]
    )
    row.get_by_role("link", name="View").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Acme Bakery")


def test_disconnected_clients_wait_for_their_filter(page):
    """F-037, F-037a."""
    page.goto(f"{LIST}?q=foxtrot")
    expect(page.locator("main")).to_contain_text("No client matches")

    page.get_by_role("link", name="Check Disconnected").click()

    expect(page.locator("tbody .nm")).to_have_text(["Foxtrot Films"])


def test_pages_keep_the_filters(page):
    """F-037b."""
    page.goto(f"{LIST}?status=active&status=paused")
    page.get_by_role("link", name="Next").click()

    expect(page.locator(".pager")).to_contain_text(re.compile(r"51–\d+ of \d+"))
    assert page.url.count("status=") == 2
    page.get_by_role("link", name="Previous").click()
    expect(page.locator(".pager")).to_contain_text("1–50 of")


def test_the_arrows_walk_the_list_one_came_from(page):
    """F-038a."""
    page.goto(f"{LIST}?q=smith&sort=-name")
    found = names(page)

    page.locator("tbody .nm").nth(1).click()
    page.get_by_role("link", name="Next client").click()

    expect(page.get_by_role("heading", level=1)).to_have_text(found[2])
    page.get_by_role("link", name="Previous client").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(found[1])


def test_keys_move_through_the_rows(page):
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    expect(page.locator("tbody .nm").nth(1)).to_be_focused()
    second = names(page)[1]

    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(second)


def test_nothing_outside_the_scope(shared_world, signed_in):
    """F-020, F-040."""
    page = signed_in(shared_world.mia)
    page.goto(LIST)
    before = page.locator("#list-count").text_content()

    page.locator("#id_q").press_sequentially("kelmscott")

    expect(page.locator("main")).to_contain_text("No client matches")
    assert "20" in (before or "")


def test_a_view_is_saved_chosen_and_deleted(world, signed_in):
    """F-038."""
    page = signed_in(world.sana)
    page.goto(f"{LIST}?status=paused")
    page.get_by_role("link", name="Save as view").click()
    page.get_by_label("Name").fill("Tax season")
    page.get_by_role("button", name="Save view").click()
    page.goto(LIST)

    page.locator("#filters summary", has_text="Default view").click()
    page.get_by_role("link", name="Tax season").click()
    expect(page.locator("tbody .nm")).to_have_text(["Echo Farms"])
    expect(page.locator("#filters summary", has_text="Tax season")).to_be_visible()

    page.goto(f"{LIST}views/")
    expect(page.get_by_role("button", name="Delete")).to_have_count(1)
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("main")).to_contain_text("is deleted")


def test_access_is_set_up_then_opens(world, signed_in):
    """F-039."""
    page = signed_in(world.sana)
    page.goto(f"{LIST}?q=acme")
    page.locator("tbody").get_by_role("button", name="Set Up Access").click()
    expect(page.locator("main")).to_contain_text("You now have access to Acme Bakery.")

    page.goto(f"{LIST}?q=acme")
    page.locator("tbody").get_by_role("button", name="Access", exact=True).click()

    expect(page).to_have_url(re.compile("/dashboard/$"))
    expect(page.locator("main")).to_contain_text("Business Name")


def test_two_more_columns_fit(shared_world, signed_in):
    page = signed_in(shared_world.sana)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/harbour/clients/?column=plan&column=contact")

    contact = page.get_by_role("cell", name="Cara Baker").bounding_box()
    account = page.get_by_role("row", name="Acme Bakery").get_by_role("cell").last.bounding_box()

    assert page.evaluate("(w => w.scrollWidth <= w.clientWidth)(document.querySelector('.wrap'))")
    assert contact["x"] + contact["width"] <= account["x"] + 1
