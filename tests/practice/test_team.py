"""Team Management: the list, its search and its export."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from practice.roles import BranchRole
from tests import factories as make

URL = "/harbour/team/"
EXPORT = "/harbour/team/export/"


@pytest.fixture
def dublin(firm):
    """A second branch with one member."""
    dublin = make.BranchFactory(firm=firm, name="Dublin")
    nia = make.UserFactory(full_name="Nia Byrne", email="nia@harbour.test")
    member = make.TeamMemberFactory(firm=firm, user=nia)
    make.BranchMembershipFactory(branch=dublin, member=member)
    return dublin


def names(response) -> list[str]:
    return [member.user.full_name for member in response.context["page"].rows]


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("billing_admin", 200),
        ("viewer", 200),
        ("branch_owner", 200),
        ("assigned_member", 200),
        ("contact", 404),
        ("outsider", 404),
        ("operator", 404),
    ],
)
@pytest.mark.parametrize("url", [URL, EXPORT])
def test_who_may_open_it(persona_client, persona, status, url, branch):
    assert persona_client(persona).get(url).status_code == status


def test_without_the_permission_it_is_closed(client, assigned_member, branch):
    member = assigned_member.team_members.get()
    with make.arranging():
        member.memberships.update(withdrawn=["practice.view_team"])
    client.force_login(assigned_member)

    assert client.get(URL).status_code == 403


def test_parent_roles_see_everybody(client, super_admin, branch_owner, dublin):
    client.force_login(super_admin)

    response = client.get(URL)

    assert names(response) == ["Nia Byrne", "Olga London Owner", "Sana Super Admin"]
    assert "Super Admin" in response.content.decode()


def test_members_see_the_people_of_their_branches(client, branch_owner, branch_admin, dublin):
    client.force_login(branch_owner)

    assert names(client.get(URL)) == ["Adam London Admin", "Olga London Owner"]


def test_the_branch_of_the_selector_narrows_the_list(client, super_admin, branch_owner, dublin):
    client.force_login(super_admin)
    session = client.session
    session[f"branch:{dublin.firm_id}"] = dublin.pk
    session.save()

    assert names(client.get(URL)) == ["Nia Byrne"]


def test_past_colleagues_are_left_out(client, super_admin, viewer):
    with make.arranging():
        viewer.team_members.update(is_active=False)
    client.force_login(super_admin)

    assert names(client.get(URL)) == ["Sana Super Admin"]


@pytest.mark.parametrize("needle", ["byrne", "NIA@"])
def test_search_finds_names_and_addresses(client, super_admin, dublin, needle):
    client.force_login(super_admin)

    assert names(client.get(URL, {"q": needle})) == ["Nia Byrne"]


def test_a_search_without_result_offers_everybody(client, super_admin):
    client.force_login(super_admin)

    page = client.get(URL, {"q": "zzz"}).content.decode()

    assert "Nobody found" in page
    assert "Show everybody" in page


def test_htmx_receives_the_table_only(client, super_admin):
    client.force_login(super_admin)

    page = client.get(URL, headers={"HX-Request": "true"}).content.decode()

    assert page.lstrip().startswith('<div id="team-table"')


def test_long_teams_have_pages(client, super_admin, firm):
    for _ in range(51):
        make.TeamMemberFactory(firm=firm)
    client.force_login(super_admin)

    first = client.get(URL).context["page"]
    second = client.get(URL, {"page": "2"}).context["page"]

    assert (first.label, first.next_url) == ("1–50 of 52", "?page=2")
    assert (second.label, second.previous_url) == ("51–52 of 52", "?page=1")


def test_export_holds_what_the_list_shows(client, super_admin, dublin, branch_owner):
    client.force_login(super_admin)

    response = client.get(EXPORT, {"q": "byrne"})

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert lines[0] == "Name,Email,Parent role,Branch roles,Joined"
    assert lines[1].startswith("Nia Byrne,nia@harbour.test,,Dublin: Member,")
    assert len(lines) == 2


def test_no_name_becomes_a_formula(client, super_admin, firm):
    make.TeamMemberFactory(firm=firm, user=make.UserFactory(full_name="=1+1"))
    client.force_login(super_admin)

    text = b"".join(client.get(EXPORT).streaming_content).decode()

    assert "'=1+1" in text


def test_query_count_is_constant(client, super_admin, branch, django_assert_num_queries):
    client.force_login(super_admin)
    with CaptureQueriesContext(connection) as few:
        client.get(URL)
    for role in BranchRole:
        member = make.TeamMemberFactory(firm=branch.firm)
        make.BranchMembershipFactory(branch=branch, member=member, role=role)

    with django_assert_num_queries(len(few)):
        client.get(URL)
