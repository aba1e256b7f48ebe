"""Change Branch and Access Settings in a browser, with and without a script."""

import pytest
from playwright.sync_api import expect

from clients.models import Connection
from practice import tenancy
from tests.browsers import let_in

pytestmark = pytest.mark.browser


@pytest.fixture
def acme(world) -> str:
    with tenancy.as_system():
        return f"/harbour/clients/{Connection.objects.get(client_number='1010').pk}/"


def test_a_transfer_and_the_open_tab_of_the_old_team(world, acme, signed_in, new_context, site):
    theirs = new_context()
    let_in(theirs, world.mia, site)
    mias = theirs.new_page()
    assert mias.goto(acme).status == 200
    page = signed_in(world.sana)
    page.goto(acme)

    page.get_by_text("More Actions").click()
    page.get_by_role("link", name="Change Branch").click()
    page.get_by_label("New branch").select_option(label="Dublin · EUR")
    page.get_by_role("button", name="Continue").click()
    for name, outcome in (
        ("Nia Byrne", "gains it once assigned"),
        ("Dara Quinn", "gains access"),
        ("Mia Fontaine", "loses access"),
        ("Xavi Roca", "keeps access"),
    ):
        expect(page.get_by_role("row", name=name)).to_contain_text(outcome)
    expect(page.get_by_text("the next subscription line will be in EUR")).to_be_visible()
    page.get_by_role("button", name="Transfer Client").click()

    expect(page.get_by_text("Acme Bakery is now in Dublin.")).to_be_visible()
    assert mias.reload().status == 403
    page.get_by_role("link", name="Undo: transfer it back to London").click()
    expect(page.get_by_role("heading", name="Check before you transfer")).to_be_visible()


def test_the_features_show_with_custom_access_alone(world, acme, new_context, site):
    window = new_context(java_script_enabled=False)
    let_in(window, world.olga, site)
    page = window.new_page()
    page.goto(f"{acme}access-settings/")
    expect(page.get_by_text("Features of Custom Access")).to_be_hidden()

    page.get_by_label("Custom Access").check()
    expect(page.get_by_text("Features of Custom Access")).to_be_visible()
    page.get_by_label("Files").check()
    page.get_by_role("button", name="Save Changes").click()

    expect(page.get_by_text("Custom Access: Files")).to_be_visible()
