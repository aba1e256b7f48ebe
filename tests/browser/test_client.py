"""One client: its blocks, editing it, and what its own people edit (area E)."""

import re

import pytest
from playwright.sync_api import Page, expect

from clients.models import ActivityEvent, Connection
from practice import tenancy

pytestmark = pytest.mark.browser
BLOCKS = [
    "Account Details",
    "Activity Summary",
    "Subscription Information",
    "Access Configuration",
    "Integration Status",
]


def open_client(page: Page, name: str) -> None:
    page.goto(f"/harbour/clients/?q={name.split()[0]}")
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_the_name_opens_the_workspace_with_its_blocks(shared_world, signed_in):
    """F-041…F-046."""
    page = signed_in(shared_world.sana)
    open_client(page, "Acme Bakery")

    for block in BLOCKS:
        expect(page.get_by_role("heading", name=block)).to_be_visible()
    for words in ("Cara Baker", "cara@acme.test", "Bill Us", "London", "Billing status"):
        expect(page.locator("main")).to_contain_text(words)


def test_no_price_for_who_pays_itself(shared_world, signed_in):
    """F-043a."""
    page = signed_in(shared_world.sana)
    open_client(page, "Delta Design")

    expect(page.locator("main")).not_to_contain_text("Billing status")


def test_every_tab_opens(shared_world, signed_in):
    page = signed_in(shared_world.mia)
    open_client(page, "Acme Bakery")

    for tab in ("Client Dashboard", "Activity", "Notes", "Files", "Contacts", "Overview"):
        page.get_by_role("main").get_by_role("link", name=tab, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Acme Bakery")
        expect(page.locator(".tabs [aria-current]")).to_contain_text(tab)


def test_editing_a_client(world, signed_in):
    """F-047, F-048."""
    page = signed_in(world.sana)
    open_client(page, "Acme Bakery")
    page.get_by_role("link", name="Edit Client").click()
    expect(page.locator("form.narrow")).to_contain_text("edited in the client’s account")
    expect(page.get_by_label("Company name")).to_have_count(0)

    page.get_by_label("Contact name").fill("Cora Baker")
    page.get_by_label("Tags").fill("Seasonal, Wholesale")
    page.get_by_label("Internal notes").fill("Calls on Monday.")
    page.get_by_role("button", name="Save Changes").click()

    expect(page.locator("#messages")).to_contain_text("Changes saved.")
    for words in ("Cora Baker", "Wholesale", "Calls on Monday."):
        expect(page.locator("main")).to_contain_text(words)
    with tenancy.as_system():
        acme = Connection.objects.get(client_number="1010")
        assert acme.history.filter(history_type="~").count() == 1


def test_a_broken_address_is_told_at_its_field(world, signed_in):
    """F-049a: what was typed is kept, nothing is saved."""
    page = signed_in(world.sana)
    open_client(page, "Acme Bakery")
    page.get_by_role("link", name="Edit Client").click()
    page.get_by_label("Contact name").fill("Somebody Else")
    page.get_by_label("Contact email").fill("abc")

    page.get_by_role("button", name="Save Changes").click()

    field = page.get_by_label("Contact email")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("abc")
    expect(page.get_by_label("Contact name")).to_have_value("Somebody Else")
    with tenancy.as_system():
        assert Connection.objects.get(client_number="1010").contact_name == "Cara Baker"


def test_the_second_of_two_is_told(world, signed_in):
    """F-237: in two tabs."""
    first = signed_in(world.sana)
    open_client(first, "Acme Bakery")
    first.get_by_role("link", name="Edit Client").click()
    second = first.context.new_page()
    second.goto(first.url)
    first.get_by_label("Contact name").fill("Name of the first")
    first.get_by_role("button", name="Save Changes").click()

    second.get_by_label("Contact name").fill("Name of the second")
    second.get_by_role("button", name="Save Changes").click()

    expect(second.locator("main")).to_contain_text("Somebody else saved this client")
    row = second.get_by_role("row", name="Contact name")
    expect(row).to_contain_text("Name of the first")
    expect(row).to_contain_text("Name of the second")
    second.get_by_role("button", name="Save Changes").click()
    expect(second.locator("main")).to_contain_text("Name of the second")


def test_the_owner_edits_the_company(world, signed_in, new_context, site):
    """F-049: the firm's list and the timeline show it."""
    page = signed_in(world.cara)
    page.goto("/")
    company = page.get_by_role("region", name="Acme Bakery")
    company.get_by_role("link", name="Company settings").click()
    page.get_by_label("Company name").fill("Acme Bakery & Café")
    page.get_by_role("button", name="Save Changes").click()
    expect(page.locator("main")).to_contain_text("saved")

    page = signed_in(world.sana)
    open_client(page, "Acme Bakery & Café")

    expect(page.locator(".timeline").first).to_contain_text("company")
    with tenancy.as_system():
        assert ActivityEvent.objects.filter(connection__client_number="1010").count() > 0


def test_a_paused_client_says_why_it_is_closed(shared_world, signed_in):
    page = signed_in(shared_world.sana)
    open_client(page, "Echo Farms")

    expect(page.locator("main")).to_contain_text("Paused — connection active.")
    closed = page.locator(".head").get_by_text("Edit Client", exact=True)
    expect(closed).to_have_attribute("aria-disabled", "true")
    expect(closed).to_have_attribute("aria-description", re.compile(".+"))
