"""The bill: from the dashboard to the arithmetic of one amount, and what a change would do."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
URL = "/harbour/billing/"


def test_from_the_dashboard_to_the_arithmetic(shared_world, signed_in):
    """F-013, F-013b."""
    page = signed_in(shared_world.olga)
    page.goto("/harbour/")
    card = page.locator("#estimated-bill")

    expect(card.get_by_role("listitem").first).not_to_be_visible()
    card.get_by_text("Why?").click()

    expect(card.get_by_role("listitem").first).to_contain_text(" = £")
    card.get_by_role("link", name="Branch Billing").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Branch Billing")


def test_every_amount_of_an_invoice_opens(shared_world, signed_in):
    """F-122, F-250."""
    page = signed_in(shared_world.olga)
    page.goto(URL)
    page.locator("#invoices").get_by_role("link", name="Invoice").first.click()
    expect(page.get_by_role("heading", name="Charge Us clients")).to_be_visible()
    expect(page.locator(".invoice")).to_contain_text("Acme Bakery")
    expect(page.locator(".invoice")).not_to_contain_text("Delta Design")
    amount = page.locator(".invoice tbody .worked").first

    amount.locator("summary").click()

    expect(amount.get_by_role("listitem").first).to_contain_text("days = £")


def test_an_invoice_prints_without_the_frame(shared_world, signed_in):
    """F-128."""
    page = signed_in(shared_world.olga)
    page.goto(URL)
    page.locator("#invoices").get_by_role("link", name="Invoice").first.click()
    page.emulate_media(media="print")

    expect(page.locator(".side")).not_to_be_visible()
    expect(page.locator(".head .actions")).not_to_be_visible()
    expect(page.locator(".invoice tbody .worked summary").first).to_be_visible()


def test_what_if_a_client_is_disconnected(shared_world, signed_in):
    """F-250: asked from the client's page."""
    page = signed_in(shared_world.olga)
    page.goto("/harbour/clients/?q=acme")
    page.get_by_role("link", name="Acme Bakery").click()
    page.get_by_role("link", name="What if it is paused or disconnected?").click()
    expect(page.get_by_label("Client", exact=False).first).to_be_visible()

    page.get_by_label("What happens").select_option(label="Disconnect a client")
    page.get_by_role("button", name="Show what changes").click()

    expect(page.get_by_role("heading", name="Acme Bakery is disconnected")).to_be_visible()
    expect(page.locator("#simulation tbody tr").first).to_contain_text("−£")


def test_the_parent_dashboard_holds_the_overview(shared_world, signed_in):
    """F-015, F-015a."""
    page = signed_in(shared_world.sana)
    page.goto("/harbour/parent/")

    expect(page.locator("#estimated-bill")).to_contain_text("Total Estimated Bill")
    expect(page.locator("#billing-overview tfoot")).to_contain_text("Total GBP")
