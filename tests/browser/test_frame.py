"""What surrounds every page: navigation, branches, the palette, and what one may not press."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
NAVIGATION = [
    "Dashboard",
    "Clients",
    "Alerts",
    "Client Invitations",
    "Payments",
    "Branch Billing",
    "Team Management",
    "Activity",
    "Reports",
]


def test_the_navigation_and_each_of_its_pages(shared_world, signed_in):
    """F-005."""
    page = signed_in(shared_world.sana)
    page.goto("/harbour/")
    links = page.get_by_role("navigation", name="Main").get_by_role("link")

    expect(links).to_have_text([re.compile(f"^{label}") for label in NAVIGATION])  # and a badge
    for place in range(len(NAVIGATION)):
        links.nth(place).click()
        expect(links.nth(place)).to_have_attribute("aria-current", "page")


def test_the_gear_is_for_admins(shared_world, signed_in):
    """F-006."""
    page = signed_in(shared_world.sana)
    page.goto("/harbour/")
    page.get_by_role("link", name="Practice Settings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Practice Settings")

    page = signed_in(shared_world.mia)
    page.goto("/harbour/")

    expect(page.get_by_role("link", name="Practice Settings")).to_have_count(0)
    assert page.goto("/harbour/settings/").status == 403


def test_a_closed_button_names_the_permission_and_does_nothing(shared_world, signed_in):
    """F-007."""
    page = signed_in(shared_world.mia)
    page.goto("/harbour/clients/")
    button = page.locator(".head").get_by_text("Add Client", exact=True)
    told = "element => getComputedStyle(element, '::after').content"

    button.hover()

    expect(button).to_be_visible()
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).to_have_attribute(
        "aria-description", "You need the permission “Create Clients”."
    )
    assert "Create Clients" in button.evaluate(told)
    button.click(force=True)
    button.press("Enter")
    expect(page).to_have_url(re.compile("/harbour/clients/$"))


def test_the_branch_selector_switches_list_and_team(shared_world, signed_in):
    """F-011, F-011a."""
    page = signed_in(shared_world.sana)
    page.goto("/harbour/clients/")
    page.locator(".branch summary").click()
    page.locator(".branch").get_by_role("button", name="Dublin").click()

    expect(page.locator(".branch summary")).to_contain_text("Dublin")
    cells = page.locator("tbody tr td:nth-child(5)")
    expect(cells.first).to_have_text("Dublin")
    assert set(cells.all_text_contents()) == {"Dublin"}
    page.locator(".branch summary").click()
    page.get_by_role("button", name="All branches").click()
    expect(page.locator(".count")).to_contain_text("in all branches")


def test_a_member_is_not_offered_all_branches(shared_world, signed_in):
    page = signed_in(shared_world.mia)
    page.goto("/harbour/clients/")

    expect(page.locator(".branch button[value=all]")).to_have_count(0)


def test_the_palette_opens_a_client(shared_world, signed_in):
    page = signed_in(shared_world.sana)
    page.goto("/harbour/")
    page.keyboard.press("Control+k")
    page.keyboard.type("acme")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Acme Bakery")


def test_the_palette_closes_and_keeps_scopes_apart(shared_world, signed_in):
    """F-040: suggestions, too."""
    page = signed_in(shared_world.mia)
    page.goto("/harbour/")
    page.keyboard.press("/")
    page.keyboard.type("kelmscott")

    expect(page.get_by_role("listbox")).to_contain_text("No client matches")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_the_theme_changes_in_place(world, signed_in):
    page = signed_in(world.sana)
    page.goto("/harbour/")
    page.locator(".person summary").click()
    page.get_by_role("banner").get_by_role("button", name="Dark").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
