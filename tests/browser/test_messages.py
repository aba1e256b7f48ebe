"""Writing to a client, and ticking off a task, with a browser (F-091, F-092…F-092c)."""

import pytest
from playwright.sync_api import expect

from clients.models import Connection
from practice import tenancy
from practice.models import Message

pytestmark = pytest.mark.browser


def test_a_message_is_prepared_previewed_and_sent(world, signed_in):
    with tenancy.as_system():
        acme = Connection.objects.get(client_number="1010").pk
    page = signed_in(world.mia)
    page.goto(f"/harbour/clients/{acme}/")
    page.get_by_role("link", name="Message Client").click()

    page.get_by_label("Text message").check()
    expect(page.get_by_label("Tom Tucker – no phone number")).to_be_disabled()
    page.get_by_label("Email").check()
    expect(page.get_by_label("Tom Tucker · tom@acme.test")).to_be_enabled()
    page.get_by_label("Max Mercer").check()
    page.get_by_label("Template").select_option(label="Accounts ready")
    page.get_by_role("button", name="Insert").click()
    expect(page.get_by_label("Subject")).to_have_value("The accounts of {client} are ready")
    page.get_by_role("button", name="Preview").click()

    expect(page.get_by_label("To Max Mercer")).to_contain_text("Dear Max Mercer,")
    with tenancy.as_system():
        before = Message.objects.count()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The message to 2 people is on its way.")).to_be_visible()
    expect(page.get_by_role("link", name="The accounts of Acme Bakery are ready")).to_have_count(2)
    with tenancy.as_system():
        assert Message.objects.count() == before + 2


def test_a_task_is_ticked_off_on_the_dashboard_and_back(world, signed_in):
    page = signed_in(world.mia)
    page.goto("/harbour/")
    panel = page.locator("#my-tasks")

    panel.get_by_role("button", name="Done").first.click()
    expect(panel.get_by_text("is done.")).to_be_visible()
    expect(panel.get_by_role("button", name="Done")).to_have_count(2)
    panel.get_by_role("button", name="Undo").click()

    expect(panel.get_by_role("button", name="Done")).to_have_count(3)
