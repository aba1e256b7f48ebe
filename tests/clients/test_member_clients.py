"""The clients of a team member, as far as the asker may see them."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from tests import factories as make

pytestmark = pytest.mark.django_db


def url_of(user) -> str:
    return f"/harbour/team/{user.team_members.get().pk}/clients/"


def names(response) -> list[str]:
    return [row.name for row in response.context["page"].rows]


@pytest.mark.parametrize(
    ("persona", "found"),
    [
        ("super_admin", ["Acme Bakery"]),
        ("viewer", ["Acme Bakery"]),
        ("branch_admin", ["Acme Bakery"]),
        ("assigned_member", ["Acme Bakery"]),
        ("unassigned_member", []),
    ],
)
def test_everybody_sees_their_own_part(persona_client, persona, found, assigned_member):
    response = persona_client(persona).get(url_of(assigned_member))

    assert names(response) == found
    assert response.context["hidden"] == 1 - len(found)


@pytest.mark.parametrize("persona", ["contact", "outsider", "operator"])
def test_strangers_find_nothing(persona_client, persona, assigned_member):
    assert persona_client(persona).get(url_of(assigned_member)).status_code == 404


def test_a_row_says_the_role_and_who_granted_it(client, super_admin, unassigned_member, connection):
    make.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, role="limited", granted_by=super_admin
    )
    client.force_login(super_admin)

    page = client.get(url_of(unassigned_member)).content.decode()

    assert "Limited Access" in page
    assert "Sana Super Admin" in page
    assert "no end" in page


def test_what_ended_is_left_out(client, super_admin, unassigned_member, connection):
    make.TeamAssignmentFactory(content_object=connection, user=unassigned_member, ended=True)
    client.force_login(super_admin)

    response = client.get(url_of(unassigned_member))

    assert names(response) == []
    assert "No assigned clients" in response.content.decode()


def test_one_branch_alone(client, super_admin, assigned_member, firm):
    dublin = make.BranchFactory(firm=firm, name="Dublin")
    make.TeamAssignmentFactory(
        content_object=make.ConnectionFactory(branch=dublin, name="Nobel Nuts"),
        user=assigned_member,
    )
    client.force_login(super_admin)

    response = client.get(url_of(assigned_member), {"branch": dublin.pk})

    assert names(response) == ["Nobel Nuts"]
    assert "1 assignment on <bdi>Dublin</bdi>" in response.content.decode()


@pytest.mark.parametrize("text", ["x", "99999999", "9" * 40, "-1"])
def test_a_branch_that_does_not_exist(client, super_admin, assigned_member, text):
    client.force_login(super_admin)

    assert client.get(url_of(assigned_member), {"branch": text}).status_code == 404


def test_a_branch_of_another_firm_does_not_exist(client, super_admin, assigned_member, outsider):
    theirs = make.BranchFactory(firm=outsider.team_members.get().firm)
    client.force_login(super_admin)

    assert client.get(url_of(assigned_member), {"branch": theirs.pk}).status_code == 404


def test_htmx_receives_the_panel_only(client, super_admin, assigned_member):
    client.force_login(super_admin)

    page = client.get(url_of(assigned_member), headers={"HX-Request": "true"}).content.decode()

    assert page.lstrip().startswith('<div class="card assigned" id="member-clients">')


def test_export_holds_what_the_list_shows(client, super_admin, assigned_member, branch):
    make.TeamAssignmentFactory(
        content_object=make.ConnectionFactory(branch=branch, name="=1+1"), user=assigned_member
    )
    client.force_login(super_admin)

    response = client.get(url_of(assigned_member), {"format": "csv"})

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Client,Client ID,Branch,Role for this client,Since,Granted by,Until"
    assert lines[1].startswith("'=1+1,,London,Full Access,")
    assert lines[2].startswith("Acme Bakery,1010,London,Full Access,")
    assert len(lines) == 3


def test_long_lists_have_pages(client, super_admin, assigned_member, branch):
    for number in range(50):
        row = make.ConnectionFactory(branch=branch, name=f"B{number:02}")
        make.TeamAssignmentFactory(content_object=row, user=assigned_member)
    client.force_login(super_admin)

    first = client.get(url_of(assigned_member)).context["page"]
    second = client.get(first.next_url).context["page"]

    assert (first.label, second.label) == ("1–50 of 51", "51–51 of 51")


def test_query_count_is_constant(
    client, super_admin, assigned_member, branch, django_assert_num_queries
):
    client.force_login(super_admin)
    with CaptureQueriesContext(database) as one:
        client.get(url_of(assigned_member))
    for _ in range(2):
        row = make.ConnectionFactory(branch=branch)
        make.TeamAssignmentFactory(content_object=row, user=assigned_member, granted_by=super_admin)

    with django_assert_num_queries(len(one)):
        client.get(url_of(assigned_member))
