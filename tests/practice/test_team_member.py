"""A team member's page: roles with help, the eight categories, and the history of rights."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients import permissions as cp
from practice.actions.team import add_to_branch, change_branch_role, remove_from_branch
from practice.roles import BranchRole
from tests import factories as make

pytestmark = pytest.mark.django_db


def member_of(user):
    return user.team_members.get()


def url_of(user, page: str = "") -> str:
    return f"/harbour/team/{member_of(user).pk}/{page}"


def box(page: str, code: str) -> str:
    """The checkbox of a permission."""
    [found] = re.findall(rf'<input type="checkbox" name="permissions" value="{code}"[^>]*>', page)
    return found


def around(page: str, code: str) -> str:
    """The checkbox with its label."""
    start = page.index(box(page, code))
    return page[start : page.index("</div>", start)]


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("billing_admin", 200),
        ("viewer", 200),
        ("branch_owner", 200),
        ("unassigned_member", 200),
        ("contact", 404),
        ("outsider", 404),
    ],
)
@pytest.mark.parametrize("page", ["", "history/"])
def test_who_may_open_it(persona_client, persona, status, page, branch_admin):
    assert persona_client(persona).get(url_of(branch_admin, page)).status_code == status


def test_people_of_other_branches_are_unknown(client, firm, branch_admin):
    dublin = make.BranchFactory(firm=firm, name="Dublin")
    nia = make.BranchMembershipFactory(branch=dublin).member
    client.force_login(branch_admin)

    assert client.get(f"/harbour/team/{nia.pk}/").status_code == 404


def test_without_the_permission_it_is_closed(client, branch_admin, assigned_member):
    with make.arranging():
        member_of(assigned_member).memberships.update(withdrawn=["practice.view_team"])
    client.force_login(assigned_member)

    assert client.get(url_of(branch_admin)).status_code == 403


def test_the_list_links_to_it(client, super_admin, branch_admin):
    client.force_login(super_admin)

    page = client.get("/harbour/team/").content.decode()

    assert f'href="{url_of(branch_admin)}"' in page
    assert "Team Members" in page


def test_it_says_who_the_person_is_and_what_each_role_is_for(client, super_admin, branch_admin):
    client.force_login(super_admin)

    page = client.get(url_of(branch_admin)).content.decode()

    radio = re.search(r'<input type="radio" name="role" value="admin"[^>]*>', page)[0]
    assert " checked" in radio
    assert "adam@harbour.test" in page
    assert "Runs the branch" in page
    assert "Manages all clients of the branch" in page
    assert "Works for the clients that they are assigned to" in page
    assert "Two-factor sign-in" in page


def test_the_eight_categories_stand_in_their_order(client, super_admin, branch_admin):
    client.force_login(super_admin)

    page = client.get(url_of(branch_admin)).content.decode()

    assert re.findall(r"<fieldset><legend>(.+?)</legend>", page) == [
        "Organisation",
        "Billing",
        "Team",
        "Parent Roles",
        "Clients",
        "Access Control",
        "Audit &amp; Reports",
        "Security",
    ]


def test_each_permission_says_whether_it_is_held_and_by_what(
    client, super_admin, assigned_member, branch
):
    change_branch_role(
        member_of(assigned_member),
        branch,
        added=[cp.CREATE_CLIENTS],
        withdrawn=["practice.view_team"],
        by=super_admin,
    )
    client.force_login(super_admin)

    page = client.get(url_of(assigned_member)).content.decode()

    assert " checked" in box(page, cp.CREATE_CLIENTS)
    assert "changed" in around(page, cp.CREATE_CLIENTS)
    assert " checked" not in box(page, "practice.view_team")
    assert "changed" in around(page, "practice.view_team")
    assert "by role" in around(page, cp.VIEW_ASSIGNED_CLIENTS)
    assert "changed" not in around(page, cp.VIEW_ASSIGNED_CLIENTS)
    assert "Reset to role" in page


def test_permissions_of_the_whole_firm_are_locked(client, super_admin, assigned_member):
    client.force_login(super_admin)

    page = client.get(url_of(assigned_member)).content.decode()

    assert " disabled" in box(page, "practice.manage_security")
    assert "comes with a parent role" in around(page, "practice.manage_security")
    assert "clients.view_client" not in re.findall(r'name="permissions" value="([^"]+)"', page)


def test_an_admin_sees_what_is_beyond_them_as_locked(client, branch_admin, assigned_member):
    client.force_login(branch_admin)

    page = client.get(url_of(assigned_member)).content.decode()

    assert " disabled" in box(page, "practice.manage_branches")
    assert " disabled" not in box(page, cp.CREATE_CLIENTS)
    assert " disabled" in re.search(r'<input type="radio" name="role" value="owner"[^>]*>', page)[0]


def test_an_owner_is_read_only_to_an_admin(client, branch_admin, branch_owner):
    client.force_login(branch_admin)

    page = client.get(url_of(branch_owner)).content.decode()

    assert "Olga London Owner holds what you do not have here" in page
    assert '<button type="submit" class="button primary">Save Changes' not in page


def test_buttons_without_permission_say_so(client, viewer, branch_admin):
    client.force_login(viewer)

    page = client.get(url_of(branch_admin)).content.decode()

    assert 'aria-description="You need the permission “Manage Team”."' in page
    assert 'aria-description="You need the permission “Manage Parent Roles”."' in page
    assert '<button type="submit" class="button primary"' not in page


def test_a_colleague_of_two_branches_shows_the_asker_theirs(
    client, firm, branch_owner, branch_admin
):
    dublin = make.BranchFactory(firm=firm, name="Dublin")
    make.BranchMembershipFactory(branch=dublin, member=member_of(branch_admin))
    client.force_login(branch_owner)

    page = client.get(url_of(branch_admin)).content.decode()

    assert "Role on London" in page
    assert "Dublin" not in page


@pytest.mark.parametrize("page", ["", "history/"])
def test_query_count_is_constant(
    client, super_admin, firm, unassigned_member, django_assert_num_queries, page
):
    client.force_login(super_admin)
    una = member_of(unassigned_member)
    add_to_branch(una, make.BranchFactory(firm=firm), "member", by=super_admin)
    with CaptureQueriesContext(connection) as one:
        client.get(url_of(unassigned_member, page))
    for role in BranchRole:
        branch = make.BranchFactory(firm=firm)
        add_to_branch(una, branch, role, by=super_admin)

    with django_assert_num_queries(len(one)):
        client.get(url_of(unassigned_member, page))


def test_many_branches_have_pages(client, super_admin, firm, unassigned_member):
    for _ in range(10):
        make.BranchMembershipFactory(
            branch=make.BranchFactory(firm=firm), member=member_of(unassigned_member)
        )
    client.force_login(super_admin)

    assert len(client.get(url_of(unassigned_member)).context["cards"]) == 10
    assert len(client.get(url_of(unassigned_member), {"page": 2}).context["cards"]) == 1


# History.


@pytest.fixture
def story(branch, branch_owner, super_admin, unassigned_member):
    una = member_of(unassigned_member)
    change_branch_role(
        una, branch, role="admin", added=[], withdrawn=[cp.CREATE_CLIENTS], by=branch_owner
    )
    remove_from_branch(una, branch, by=super_admin, reason="Moved away.")
    add_to_branch(una, branch, "member", by=super_admin)
    return unassigned_member


def test_history_says_what_changed_by_whom_and_why(client, story, super_admin):
    client.force_login(super_admin)

    page = client.get(url_of(story, "history/")).context["page"]

    lines = [(line.what, line.where, line.words, line.by, line.reason) for line in page.rows]
    assert lines == [
        ("Granted", "London", ["Role Member"], "Sana Super Admin", "Added to London as Member."),
        ("Withdrawn", "London", ["Role Admin ended"], "Sana Super Admin", "Moved away."),
        (
            "Changed",
            "London",
            ["Role Member → Admin", "Withdrew “Create Clients”"],
            "Olga London Owner",
            "Changed the rights on London.",
        ),
        ("Granted", "London", ["Role Member"], "The system", "Arranged by a test"),
        ("Granted", "Whole firm", ["Joined the firm"], "The system", "Arranged by a test"),
    ]


def test_history_is_exported(client, story, super_admin):
    client.force_login(super_admin)

    response = client.get(url_of(story, "history/"), {"format": "csv"})

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "When,What,Where,Change,By,Reason"
    assert lines[2].endswith(",Withdrawn,London,Role Admin ended,Sana Super Admin,Moved away.")
    assert len(lines) == 6
