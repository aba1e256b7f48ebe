"""Links that a firm hands over itself: copied by a button, selected without script (F-081)."""

import re

import pytest
from playwright.sync_api import Page, expect

from clients.models import Connection
from practice import tenancy
from tests.browsers import let_in

pytestmark = pytest.mark.browser


def new_link(page: Page) -> None:
    """For a client that has left."""
    with tenancy.as_system():
        left = Connection.objects.get(client_number="1013")
    page.goto(f"/harbour/clients/{left.pk}/new-link/")
    if page.get_by_role("button", name="Generate new invitation link").count():
        page.get_by_role("button", name="Generate new invitation link").click()


def test_the_link_is_copied(world, signed_in):
    page = signed_in(world.sana)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    new_link(page)

    page.get_by_role("button", name="Copy link").click()

    expect(page.get_by_text("Link copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    expect(page.get_by_label("Invitation link")).to_have_value(copied)


def test_the_link_of_a_team_invitation_is_copied(world, signed_in):
    page = signed_in(world.sana)
    page.goto("/harbour/team/invitations/")
    page.locator("tbody .menu summary").first.click()
    page.get_by_role("link", name="Copy link").first.click()

    page.get_by_role("button", name="Copy link").click()

    expect(page.get_by_text("Link copied.")).to_be_visible()


def test_without_a_script_it_is_there_to_be_selected(world, new_context, site):
    context = new_context(java_script_enabled=False)
    let_in(context, world.sana, site)
    page = context.new_page()

    new_link(page)

    link = page.get_by_label("Invitation link")
    expect(link).to_have_value(re.compile("/reconnect/.+"))
    expect(page.get_by_role("button", name="Copy link")).to_be_hidden()
    link.select_text()
