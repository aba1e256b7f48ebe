"""Why can't they see it?, found as one types, answered and mended (F-243); who could (F-242)."""

import re

import pytest
from playwright.sync_api import expect

from clients.models import Connection, TeamAssignment
from practice import tenancy
from practice.models import TeamMember
from tests.browser.test_every_page import faults
from tests.browsers import let_in

pytestmark = pytest.mark.browser


def test_ask_assign_and_see_the_answer_turn(world, signed_in):
    page = signed_in(world.sana)
    page.goto("/harbour/help/team-member-cannot-see-client/")
    page.get_by_role("link", name="Why can't they see it?").click()

    page.get_by_label("Search people").press_sequentially("mia")
    expect(page.locator("#why-people li")).to_have_count(1)
    page.get_by_role("link", name="Mia Fontaine").click()
    page.get_by_label("Search clients").press_sequentially("1011")
    page.get_by_role("link", name="Delta Design").click()

    verdict = page.locator("#why-answer")
    expect(verdict).to_have_text(
        "Mia Fontaine cannot open Delta Design: Mia Fontaine is not assigned to this client."
    )
    expect(page.locator(".decided")).to_contain_text("Assignment")
    page.get_by_label("Reason").fill("Holiday cover")
    page.get_by_role("button", name="Assign Mia Fontaine").click()

    expect(verdict).to_have_text(re.compile("^Mia Fontaine can open Delta Design"))
    expect(page.locator(".decided")).to_have_count(0)
    with tenancy.as_system():
        tie = TeamAssignment.objects.get(user=world.mia, content_object__client_number="1011")
    assert (tie.reason, tie.granted_by) == ("Holiday cover", world.sana)


def test_a_closed_fix_says_who_can_and_does_nothing(shared_world, signed_in):
    with tenancy.as_system():
        delta = Connection.objects.get(client_number="1011")
        mia = TeamMember.objects.get(user=shared_world.mia)
    page = signed_in(shared_world.vera)
    page.goto(f"/harbour/clients/why/?person={mia.pk}&client={delta.pk}")
    url = page.url

    button = page.get_by_role("link", name="Assign Mia Fontaine")
    button.click(force=True)

    assert page.url == url
    expect(button).to_have_attribute("aria-description", re.compile("“Grant Client Access”"))
    expect(page.locator("main")).to_contain_text("Who can do it: Olga Petrova, Sana Malik.")


def test_a_contact_of_the_client_is_asked_about_too(shared_world, signed_in):
    page = signed_in(shared_world.sana)
    with tenancy.as_system():
        acme = Connection.objects.get(client_number="1010")
    page.goto(f"/harbour/clients/{acme.pk}/team/")
    page.get_by_role("link", name="Why can't they see it?").click()
    page.get_by_role("list", name="Contacts").get_by_role("link", name="Tom").click()

    page.get_by_label("What they want to do").select_option("see-files")
    page.get_by_role("button", name="Ask").click()

    expect(page.locator("#why-answer")).to_contain_text("lack “Files”")


def test_the_time_machine_is_a_tab_with_a_day_to_choose(shared_world, signed_in):
    page = signed_in(shared_world.sana)
    with tenancy.as_system():
        acme = Connection.objects.get(client_number="1010")
    page.goto(f"/harbour/clients/{acme.pk}/")
    page.get_by_role("link", name="Who could see it").click()
    expect(page.get_by_role("table")).to_contain_text("Mia Fontaine")

    page.get_by_label("Who could open this client on").fill("2001-01-01")
    page.get_by_role("button", name="Show").click()

    expect(page.locator("main")).to_contain_text("Not here yet")


@pytest.mark.parametrize("person", ["sana", "vera"])
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_the_answer_is_accessible_and_fits(shared_world, new_context, site, person, width, scheme):
    with tenancy.as_system():
        delta = Connection.objects.get(client_number="1011")
        mia = TeamMember.objects.get(user=shared_world.mia)
    context = new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    let_in(context, getattr(shared_world, person), site)
    page = context.new_page()

    page.goto(f"/harbour/clients/why/?person={mia.pk}&client={delta.pk}")

    assert faults(page) == []


def test_without_a_script_it_is_the_same_page(shared_world, new_context, site):
    context = new_context(java_script_enabled=False)
    let_in(context, shared_world.sana, site)
    page = context.new_page()
    page.goto("/harbour/clients/why/")

    page.get_by_label("Search people").fill("mia")
    page.get_by_role("button", name="Search").first.click()
    page.get_by_role("link", name="Mia Fontaine").click()
    page.get_by_label("Search clients").fill("delta")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Delta Design").click()

    expect(page.locator("#why-answer")).to_contain_text("Mia Fontaine cannot open Delta Design")
