"""The frame of every firm page (F-001, F-005, F-006, F-011a)."""

import re

import pytest
from django.urls import reverse

from tests import factories


@pytest.fixture
def page(client, request, firm):
    def get(persona: str, name: str = "practice:profile") -> str:
        client.force_login(request.getfixturevalue(persona))
        return client.get(reverse(name, kwargs={"firm_slug": firm.slug})).content.decode()

    return get


def test_the_navigation_is_complete(page, branch):
    nav = page("branch_owner").split('<nav aria-label="Main">')[1].split("</nav>")[0]

    assert re.findall(r"</svg>([^<]+)</a>", nav) == [
        "Dashboard",
        "Clients",
        "Alerts",
        "Client Invitations",
        "Payments",
        "Branch Billing",
        "Team Management",
        "Activity",
        "Reports",
    ]


def test_the_page_one_is_on_is_marked(page, branch):
    nav = page("branch_owner", "practice:team").split("</nav>")[0]

    marked = nav.split('aria-current="page">')[1:]
    assert [one.split("</svg>")[1].split("<")[0] for one in marked] == ["Team Management"]


def test_the_name_and_the_role_are_there(page, branch):
    html = page("branch_owner")

    assert "<small>Owner, London</small>" in html
    assert "Olga London Owner</span>" in html.split('class="menu person"')[1]
    assert "Sign out" in html


@pytest.mark.parametrize(("persona", "has_gear"), [("super_admin", True), ("branch_owner", False)])
def test_the_gear_is_for_those_who_may_turn_it(page, branch, persona, has_gear):
    assert ("Practice Settings" in page(persona)) is has_gear


@pytest.mark.parametrize(
    ("persona", "offers_all"), [("viewer", True), ("super_admin", True), ("branch_owner", False)]
)
def test_all_branches_is_for_parent_roles(page, branch, persona, offers_all):
    assert ("All branches" in page(persona)) is offers_all


def test_branches_of_others_are_not_offered(page, firm, branch):
    factories.BranchFactory(firm=firm, name="Dublin", email="dublin@harbour.test")

    assert "Dublin <small>" not in page("branch_owner")
    assert "Dublin <small>" in page("super_admin")


def test_nothing_is_inline(page, branch):
    html = page("super_admin", "practice:dashboard")

    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html)


@pytest.mark.parametrize(("persona", "has_gear"), [("branch_owner", True), ("branch_admin", False)])
def test_a_gear_stands_beside_branches_that_one_manages(page, branch, persona, has_gear):
    """F-010b."""
    link = f'<a href="/harbour/branches/{branch.pk}/" title="Settings of London">'

    assert (link in page(persona)) is has_gear


def test_each_branch_has_a_gear_of_its_own(page, firm, branch):
    dublin = factories.BranchFactory(firm=firm, name="<Dublin>", email="dublin@harbour.test")

    html = page("super_admin")

    assert re.findall(r'/harbour/branches/(\d+)/" title="([^"]+)"', html) == [
        (str(dublin.pk), "Settings of &lt;Dublin&gt;"),
        (str(branch.pk), "Settings of London"),
    ]
    assert (html.count('id="gear"'), html.count('href="#gear"')) == (1, 1)


@pytest.mark.parametrize(
    ("persona", "is_open"), [("super_admin", True), ("viewer", False), ("branch_owner", False)]
)
def test_adding_a_branch_needs_a_parent_role_and_says_so(page, branch, persona, is_open):
    """F-010, F-007."""
    foot = page(persona).split('action="/harbour/branch/"')[1].split("</form>")[0]

    assert "Add Branch" in foot
    assert ('href="/harbour/branches/add/"' in foot) is is_open
    assert ("permission “Manage Branches” by a parent role" in foot) is not is_open


def test_the_chosen_branch_is_in_the_selector_though_many_stand_before_it(
    client, super_admin, firm
):
    branches = [factories.BranchFactory(firm=firm, name=f"Branch {n:02}") for n in range(30)]
    client.force_login(super_admin)
    client.post("/harbour/branch/", {"branch": branches[-1].pk})

    html = client.get("/harbour/profile/").content.decode()

    assert f'value="{branches[-1].pk}" aria-current="true">Branch 29' in html
    assert html.count('<button name="branch" value="') == 8  # all, the chosen one, six
