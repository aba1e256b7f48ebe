"""Edit Tags with a script: "Add" takes the word up without leaving the page (F-088)."""

import pytest
from playwright.sync_api import expect

from clients.models import Connection, Tag
from practice import tenancy
from tests.browsers import let_in

pytestmark = pytest.mark.browser


def test_a_word_is_added_then_saved(world, browser, site):
    context = browser.new_context(base_url=site)
    let_in(context, world.sana, site)
    page = context.new_page()
    with tenancy.as_system():
        acme = Connection.objects.get(client_number="1010")
    page.goto(f"/harbour/clients/{acme.pk}/tags/")

    page.get_by_label("New or existing tag").fill("vip, Audit 2026")
    page.get_by_role("button", name="Add", exact=True).click()

    expect(page.get_by_label("Audit 2026")).to_be_checked()
    expect(page.get_by_label("VIP", exact=True)).to_be_checked()
    assert page.url.endswith("/tags/")
    page.get_by_role("button", name="Save Changes").click()
    expect(page.get_by_text("Tags saved.")).to_be_visible()
    expect(page.locator("main .tag", has_text="Audit 2026")).to_be_visible()
    with tenancy.as_system():
        assert Tag.objects.filter(name_key="vip", firm=acme.firm).count() == 1
    context.close()
