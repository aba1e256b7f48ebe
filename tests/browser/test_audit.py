"""Activity > Audit, as somebody reads it who asks who changed what (F-222)."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_an_edit_stands_in_the_audit(world, signed_in):
    page = signed_in(world.sana)
    page.goto("/harbour/clients/?q=acme")
    page.get_by_role("link", name="Acme Bakery").click()
    page.get_by_role("link", name="Edit Client").click()
    page.get_by_label("Contact name").fill("Cora Baker")
    page.get_by_role("button", name="Save Changes").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Activity").click()
    page.get_by_role("main").get_by_role("link", name="Audit", exact=True).click()

    page.get_by_label("Client", exact=True).fill("Acme")
    page.get_by_label("Person", exact=True).fill("Sana")
    page.get_by_role("button", name="Filter").click()

    row = page.locator("tr.record", has_text="Edited the client's details.").first
    for words in ("Sana Malik", "Cara Baker", "Cora Baker", "127.0.0.1"):
        expect(row).to_contain_text(words)
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    assert "Cora Baker" in download.value.path().read_text()
