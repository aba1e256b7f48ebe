"""The firm's first page (F-005, F-007, F-013 in its simplest form)."""

import pytest

from tests import factories as make

URL = "/harbour/"
NAV = ("Dashboard", "Clients", "Client Invitations", "Payments", "Team Management", "Activity")


@pytest.mark.parametrize(
    ("persona", "heading"),
    [
        ("super_admin", "Harbour Accounting"),
        ("viewer", "Harbour Accounting"),
        ("branch_owner", "London"),
        ("assigned_member", "London"),
    ],
)
def test_heading_is_the_branch_or_the_firm(persona_client, persona, heading, branch):
    page = persona_client(persona).get(URL).content.decode()

    assert f"<h1>{heading}</h1>" in page


@pytest.mark.parametrize("persona", ["contact", "account_owner", "outsider", "operator"])
def test_others_find_no_such_page(persona_client, persona, branch):
    assert persona_client(persona).get(URL).status_code == 404


def test_signed_out_people_are_asked_to_sign_in(client, firm):
    assert client.get(URL).url == "/login/?next=/harbour/"


def test_navigation_is_complete(client, super_admin):
    client.force_login(super_admin)

    page = client.get(URL).content.decode()

    assert all(name in page for name in (*NAV, "Reports", "Practice Settings", "Sign out"))


def test_client_figures_are_panels_behind_links(client, super_admin):
    client.force_login(super_admin)

    page = client.get(URL).content.decode()

    assert 'hx-get="/harbour/clients/portfolio/"' in page
    assert 'href="/harbour/clients/portfolio/"' in page
    assert 'hx-get="/harbour/clients/recent/"' in page


def test_the_bill_is_a_panel_behind_a_link(client, super_admin):
    """F-013: what it comes to is billing's to say."""
    client.force_login(super_admin)

    page = client.get(URL).content.decode()

    assert 'hx-get="/harbour/billing/estimate/"' in page
    assert '<a href="/harbour/billing/estimate/">Estimated Bill</a>' in page
    assert "No charges yet" not in page


@pytest.mark.parametrize(("persona", "sees"), [("branch_owner", True), ("assigned_member", False)])
def test_the_bill_is_for_those_who_see_billing(persona_client, persona, sees, branch):
    page = persona_client(persona).get(URL).content.decode()

    assert ("Estimated Bill" in page) is sees


@pytest.mark.parametrize(("persona", "lacks"), [("branch_admin", False), ("assigned_member", True)])
def test_adding_clients_names_the_missing_permission(persona_client, persona, lacks, branch):
    page = persona_client(persona).get(URL).content.decode()

    assert "Add Client" in page
    assert ("You need the permission “Create Clients”." in page) is lacks


def test_a_new_firm_is_told_what_comes_first(client, super_admin):
    client.force_login(super_admin)

    page = client.get(URL).content.decode()

    assert "A firm needs a branch" in page
    assert 'href="/harbour/branches/add/"' in page.split("<main")[1]


def test_with_a_branch_nothing_is_asked(client, super_admin, branch):
    client.force_login(super_admin)

    assert "A firm needs a branch" not in client.get(URL).content.decode()


@pytest.fixture
def dublin(firm):
    return make.BranchFactory(firm=firm, name="Dublin", currency="EUR")


def test_the_team_card_counts_the_chosen_branch(client, super_admin, branch_owner, dublin):
    """F-011, F-013."""
    member = make.TeamMemberFactory(firm=dublin.firm)
    make.BranchMembershipFactory(branch=dublin, member=member)
    client.force_login(super_admin)

    sizes = [client.get(URL).context["team_size"]]
    client.post("/harbour/branch/", {"branch": dublin.pk})
    sizes.append(client.get(URL).context["team_size"])

    assert sizes == [3, 1]


def test_what_one_holds_on_another_branch_opens_nothing_here(client, branch_owner, branch, dublin):
    make.BranchMembershipFactory(branch=dublin, member=branch_owner.team_members.get())
    client.force_login(branch_owner)

    client.post("/harbour/branch/", {"branch": branch.pk})
    here = client.get(URL).content.decode()
    client.post("/harbour/branch/", {"branch": dublin.pk})
    there = client.get(URL).content.decode()

    assert ("Estimated Bill" in here, "Estimated Bill" in there) == (True, False)


def test_quick_links(client, branch_owner):
    """F-013c."""
    client.force_login(branch_owner)

    links = client.get(URL).content.decode().split("Quick links")[1].split("</ul>")[0]

    for label in ("Clients", "Client Invitations", "Team Members"):
        assert f">{label}</a>" in links


@pytest.mark.parametrize(
    ("persona", "has_it"), [("super_admin", True), ("billing_admin", True), ("branch_owner", False)]
)
def test_the_parent_dashboard_is_for_parent_roles(persona_client, persona, has_it, branch):
    """F-014."""
    page = persona_client(persona).get(URL).content.decode()

    assert ("View Parent Dashboard" in page) is has_it


def test_query_count_is_constant(client, super_admin, branch, django_assert_max_num_queries):
    client.force_login(super_admin)
    client.get(URL)
    for _ in range(3):
        make.TeamMemberFactory(firm=super_admin.team_members.get().firm)
        make.BranchFactory(firm=branch.firm)

    with django_assert_max_num_queries(12):
        client.get(URL)
