"""A team member's rights, changed in a browser while that person is signed in."""

import pytest
from playwright.sync_api import expect

from tests.browsers import let_in

pytestmark = pytest.mark.browser


def test_a_tick_works_at_once_and_a_removal_shuts_out(world, signed_in, new_context, site):
    """F-019, F-019a, F-021: Sana ticks a box for Mia, resets it, and removes her from London."""
    window = new_context()
    let_in(window, world.mia, site)
    mia, sana = window.new_page(), signed_in(world.sana)

    sana.goto("/harbour/team/")
    sana.get_by_role("link", name="Mia Fontaine").click()
    sana.get_by_label("Create Clients").check()
    sana.get_by_role("button", name="Save Changes").click()
    expect(sana.get_by_text("are saved")).to_be_visible()
    assert mia.goto("/harbour/clients/add/").status == 200

    sana.get_by_role("button", name="Reset to role").click()
    expect(sana.get_by_label("Create Clients")).not_to_be_checked()
    assert mia.goto("/harbour/clients/add/").status == 403

    sana.get_by_role("link", name="Remove from Branch").click()
    expect(sana.get_by_role("heading", name="assignments on London")).to_be_visible()
    sana.get_by_role("button", name="Remove from Branch").click()
    expect(sana.get_by_text("Mia Fontaine no longer works on London.")).to_be_visible()
    assert mia.goto("/harbour/clients/").status == 403
