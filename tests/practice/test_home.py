"""The front door (F-001)."""

import pytest

from tests import factories as make


def test_signed_out_people_are_asked_to_sign_in(client, db):
    response = client.get("/")

    assert (response.status_code, response.url) == (302, "/login/")


@pytest.mark.parametrize("persona", ["super_admin", "viewer", "branch_owner", "assigned_member"])
def test_one_firm_opens_at_once(persona_client, persona, branch):
    response = persona_client(persona).get("/")

    assert (response.status_code, response.url) == (302, "/harbour/")


def test_several_firms_are_a_choice(client, viewer):
    other = make.FirmFactory(name="Southgate Books", slug="southgate")
    make.TeamMemberFactory(firm=other, user=viewer, super_admin=True)
    client.force_login(viewer)

    page = client.get("/").content.decode()

    assert "Choose a firm" in page
    assert 'href="/harbour/"' in page
    assert 'href="/southgate/"' in page


def test_without_a_firm_the_page_says_so(client, contact):
    client.force_login(contact)

    response = client.get("/")

    assert response.status_code == 200
    assert "No firm yet" in response.content.decode()
    assert "/admin/" not in response.content.decode()


def test_owners_of_companies_are_at_home(client, account_owner):
    client.force_login(account_owner)

    page = client.get("/").content.decode()

    assert f"Welcome, <bdi>{account_owner.full_name}</bdi>" in page
    assert "No firm yet" not in page
    assert "register it" not in page


def test_operators_find_their_admin(client, operator):
    client.force_login(operator)

    page = client.get("/").content.decode()

    assert 'href="/admin/"' in page


def test_past_colleagues_see_nothing_of_the_firm(client, viewer):
    with make.arranging():
        viewer.team_members.update(is_active=False)
    client.force_login(viewer)

    page = client.get("/").content.decode()

    assert "No firm yet" in page
    assert "Harbour" not in page
