"""Team Assignments in a browser: search, tick, save, star, remove (F-056, F-058, F-061)."""

import pytest
from playwright.sync_api import Page, expect

from clients.actions.assignments import assign_people
from clients.models import Connection, TeamAssignment
from clients.roles import ClientRole
from practice import tenancy
from practice.history import because
from tests.browsers import let_in

pytestmark = pytest.mark.browser


@pytest.fixture
def team(world) -> str:
    """The address of Acme's Team Assignments; nobody is assigned."""
    with tenancy.as_system(), because("Arranged by a test"):
        acme = Connection.objects.get(client_number="1010")
        TeamAssignment.objects.filter(content_object=acme).delete()
    return f"/harbour/clients/{acme.pk}/team/"


def pick(page: Page, name: str, role: str) -> None:
    line = page.locator(".picks > li", has_text=name)
    line.get_by_role("checkbox").check()
    line.locator("select").select_option(role)


def test_people_are_ticked_and_kept_while_one_searches_on(world, team, signed_in):
    page = signed_in(world.olga)
    page.goto(team)
    page.get_by_role("link", name="Add Team Member").first.click()

    pick(page, "Mia", "full")
    page.get_by_label("Search the members of London").press_sequentially("xavi")
    expect(page.locator(".picks > li")).to_have_count(2)
    expect(page.locator(".picks > li", has_text="Mia").get_by_role("checkbox")).to_be_checked()
    expect(page.locator(".picks > li", has_text="Mia").locator("select")).to_have_value("full")
    pick(page, "Xavi", "view_only")
    page.get_by_role("button", name="Save Assignments").click()

    expect(page.locator("#messages")).to_contain_text("2 people are assigned.")
    rows = page.locator("tbody tr")
    expect(rows.filter(has_text="Mia")).to_contain_text("Full Access")
    expect(rows.filter(has_text="Xavi")).to_contain_text("View Only")


def test_the_menu_of_a_row_gives_the_star_and_removes(world, team, signed_in):
    with tenancy.as_system():
        acme = Connection.objects.get(client_number="1010")
        roles = {world.mia.pk: ClientRole.FULL}
        assign_people([acme.pk], roles, by=world.sana, reason="Year end")
    page = signed_in(world.olga)
    page.goto(team)
    row = page.locator("tbody tr", has_text="Mia")

    row.locator("summary").click()
    row.get_by_role("button", name="Make primary accountant").click()
    expect(page.locator("tbody tr", has_text="★")).to_contain_text("Mia")
    row.locator("summary").click()
    row.get_by_role("link", name="Remove").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Remove Mia")
    page.get_by_role("button", name="Remove").click()

    expect(page.locator("#messages")).to_contain_text("is no longer assigned")
    expect(page.get_by_text("Nobody is assigned")).to_be_visible()


def test_without_a_script_the_search_keeps_what_was_ticked(world, team, new_context, site):
    context = new_context(java_script_enabled=False)
    let_in(context, world.olga, site)
    page = context.new_page()
    page.goto(f"{team}add/")

    pick(page, "Mia", "view_only")
    page.get_by_label("Reason").fill("Year end")
    page.get_by_label("Search the members of London").fill("xavi")
    page.get_by_role("button", name="Search").last.click()
    pick(page, "Xavi", "limited")
    page.get_by_role("button", name="Save Assignments").click()

    rows = page.locator("tbody tr")
    expect(rows.filter(has_text="Mia")).to_contain_text("View Only")
    expect(rows.filter(has_text="Xavi")).to_contain_text("Year end")
