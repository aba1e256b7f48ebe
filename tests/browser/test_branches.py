"""Branches from the selector, and the figures that a dashboard fetches (F-010…F-015a)."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_branch_from_the_selector_to_its_new_name(world, signed_in):
    """F-010, F-010b."""
    page = signed_in(world.sana)
    page.goto("/harbour/")
    chosen = page.locator(".branch summary")
    chosen.click()
    page.locator(".branch").get_by_role("link", name="Add Branch").click()
    page.get_by_label("Branch name").fill("Leeds")
    page.get_by_label("Branch email").fill("LONDON@harbour.test")
    page.get_by_role("main").get_by_role("button", name="Add Branch").click()
    expect(page.locator(".errorlist")).to_contain_text("belongs to a branch already")
    expect(page.get_by_label("Branch name")).to_have_value("Leeds")
    page.get_by_label("Branch email").fill("leeds@harbour.test")
    page.get_by_label("Billing currency").select_option("EUR")
    page.get_by_role("main").get_by_role("button", name="Add Branch").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Leeds")
    expect(chosen).to_contain_text("Leeds · EUR")
    chosen.click()
    page.get_by_role("link", name="Settings of Leeds").click()
    expect(page.get_by_label("Billing currency")).to_have_count(0)
    page.get_by_label("Branch name").fill("Leeds and York")
    page.get_by_role("button", name="Save Changes").click()
    expect(chosen).to_contain_text("Leeds and York")


def test_the_gear_of_an_owner(shared_world, signed_in):
    page = signed_in(shared_world.olga)
    page.goto("/harbour/")
    page.locator(".branch summary").click()

    gears = page.locator(".branch").get_by_role("link", name=re.compile("^Settings of"))
    expect(gears).to_have_count(1)
    expect(page.locator(".branch").get_by_text("Add Branch")).to_have_attribute(
        "aria-disabled", "true"
    )
    box = gears.bounding_box()
    assert box["width"] >= 24
    assert box["height"] >= 24


def test_the_cards_are_filled_and_charts_drawn(shared_world, signed_in):
    """F-013."""
    page = signed_in(shared_world.olga)
    page.goto("/harbour/")

    expect(page.locator(".stat #client-total")).to_have_text(re.compile(r"^\d+$"))
    expect(page.locator(".stat #client-hint")).to_contain_text("new this month")
    expect(page.locator("svg.bars rect").first).to_be_visible()
    page.get_by_text("Show as table").click()
    expect(page.locator(".figures tbody tr")).to_have_count(12)


def test_from_the_parent_dashboard_into_a_branch(world, signed_in):
    """F-014, F-015a."""
    page = signed_in(world.sana)
    page.goto("/harbour/")
    page.get_by_role("link", name="View Parent Dashboard").click()
    expect(page.get_by_role("table", name="Branch overview").locator("tbody tr")).to_have_count(2)
    page.get_by_role("button", name="Open Dublin").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Dublin")
    expect(page.locator(".branch summary")).to_contain_text("Dublin")
