"""Adding a member to a branch, removing them from it, and the parent role, over HTTP."""

import pytest
from django.test import Client

from clients.models import TeamAssignment
from practice.models import BranchMembership, TeamMember
from practice.roles import ParentRole
from tests import factories as make
from tests.conftest import a_member

pytestmark = pytest.mark.django_db


def member_of(user) -> TeamMember:
    return user.team_members.get()


def url_of(user, page: str) -> str:
    return f"/harbour/team/{member_of(user).pk}/{page}"


@pytest.fixture
def dublin(firm):
    return make.BranchFactory(firm=firm, name="Dublin")


# Add to Branch.


def test_a_different_role_per_branch(client, super_admin, branch_owner, connection, dublin):
    """F-017a: Olga is Member on Dublin: only assigned clients there, all of London."""
    assigned, other = (make.ConnectionFactory(branch=dublin) for _ in range(2))
    client.force_login(super_admin)

    response = client.post(
        url_of(branch_owner, "branches/add/"), {"branch": dublin.pk, "role": "member"}
    )

    make.TeamAssignmentFactory(content_object=assigned, user=branch_owner)
    client.force_login(branch_owner)
    pages = [client.get(f"/harbour/clients/{row.pk}/") for row in (connection, assigned, other)]
    assert response.status_code == 302
    assert [page.status_code for page in pages] == [200, 200, 404]


@pytest.mark.parametrize(
    ("persona", "status"),
    [("super_admin", 200), ("branch_admin", 200), ("viewer", 403), ("assigned_member", 403)],
)
def test_who_may_add_to_a_branch(persona_client, persona, status, unassigned_member, dublin):
    page = persona_client(persona).get(url_of(unassigned_member, "branches/add/"))

    assert page.status_code == status


def test_branches_one_does_not_manage_are_no_choice(client, branch_admin, assigned_member, dublin):
    client.force_login(branch_admin)

    answer = {"branch": dublin.pk, "role": "member"}
    response = client.post(url_of(assigned_member, "branches/add/"), answer)

    assert response.status_code == 422
    assert not BranchMembership.objects.filter(branch=dublin).exists()
    assert "No branch left" in response.content.decode()


def test_nobody_is_added_with_more_than_the_giver_has(client, branch, firm, dublin):
    """Una administers both branches, but may not make Owners."""
    una = a_member(firm, "Una Admin")
    for place in (branch, dublin):
        make.BranchMembershipFactory(branch=place, member=member_of(una), admin=True)
    mia = a_member(firm, "Mia Member")
    make.BranchMembershipFactory(branch=branch, member=member_of(mia))
    client.force_login(una)

    response = client.post(url_of(mia, "branches/add/"), {"branch": dublin.pk, "role": "owner"})

    assert response.status_code == 422
    assert (
        "what you do not have: “Manage Billing” and “Manage Branches”" in response.content.decode()
    )
    assert not BranchMembership.objects.filter(branch=dublin, member__user=mia).exists()


# Remove from Branch.


def removal(user, branch) -> str:
    return url_of(user, f"branches/{branch.pk}/remove/")


def test_removal_is_asked_first(client, branch_owner, assigned_member, branch):
    client.force_login(branch_owner)

    page = client.get(removal(assigned_member, branch)).content.decode()

    assert "leaves <bdi>London</bdi> at once" in page
    assert f"{url_of(assigned_member, 'clients/')}?branch={branch.pk}" in page
    assert member_of(assigned_member).memberships.exists()


def test_removal_shuts_the_person_out_at_once(
    client, branch_owner, assigned_member, branch, connection
):
    """F-021: assignments there end, with history; the next page answers 403."""
    mia = Client()
    mia.force_login(assigned_member)
    page = f"/harbour/clients/{connection.pk}/"
    before = mia.get(page).status_code
    client.force_login(branch_owner)

    response = client.post(
        removal(assigned_member, branch), {"reason": "Left London."}, follow=True
    )

    assert "Mia London Member no longer works on London." in response.content.decode()
    assert (before, mia.get(page).status_code, mia.get("/harbour/").status_code) == (200, 403, 403)
    assert not TeamAssignment.objects.filter(user=assigned_member).exists()
    ended = TeamAssignment.history.get(user=assigned_member, history_type="-")
    assert (ended.history_user_id, ended.history_change_reason) == (branch_owner.pk, "Left London.")


def test_removal_needs_a_reason(client, branch_owner, assigned_member, branch):
    client.force_login(branch_owner)

    response = client.post(removal(assigned_member, branch), {"reason": " "})

    assert response.status_code == 422
    assert member_of(assigned_member).memberships.exists()


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 403), ("billing_admin", 403), ("unassigned_member", 403), ("outsider", 404)],
)
def test_others_cannot_remove(persona_client, persona, status, assigned_member, branch):
    url = removal(assigned_member, branch)

    response = persona_client(persona).post(url, {"reason": "Mischief"})

    assert response.status_code == status
    assert member_of(assigned_member).memberships.exists()


def test_an_admin_removes_no_owner(client, branch_admin, branch_owner, branch):
    client.force_login(branch_admin)

    response = client.post(removal(branch_owner, branch), {"reason": "Mischief"})

    assert response.status_code == 422
    assert "You cannot give or change what you do not have" in response.content.decode()
    assert member_of(branch_owner).memberships.exists()


# Parent role.


def test_a_parent_role_counts_on_the_next_request(
    client, super_admin, unassigned_member, connection
):
    """F-018."""
    una, page = Client(), f"/harbour/clients/{connection.pk}/"
    una.force_login(unassigned_member)
    before = una.get(page).status_code
    client.force_login(super_admin)

    answer = {"role": "viewer", "version": "", "reason": "Audits us"}
    response = client.post(url_of(unassigned_member, "parent-role/"), answer, follow=True)

    assert "Una London Member has Viewer now." in response.content.decode()
    assert (before, una.get(page).status_code) == (404, 200)
    line = TeamMember.history.filter(user=unassigned_member).latest("history_id")
    assert line.history_change_reason == "Audits us"


@pytest.mark.parametrize("persona", ["viewer", "billing_admin", "branch_owner", "assigned_member"])
def test_nobody_else_gives_parent_roles(persona_client, request, persona, branch_admin):
    for user in (branch_admin, request.getfixturevalue(persona)):
        role = member_of(user).parent_role
        answer = {"role": "super_admin", "version": role}

        response = persona_client(persona).post(url_of(user, "parent-role/"), answer)

        assert response.status_code == 403
        assert member_of(user).parent_role == role


@pytest.mark.parametrize("role", ["none", "viewer"])
def test_the_last_super_admin_is_not_demoted(client, super_admin, role):
    """F-021a."""
    client.force_login(super_admin)
    answer = {"role": role, "version": "super_admin"}

    response = client.post(url_of(super_admin, "parent-role/"), answer)

    assert response.status_code == 422
    assert "is the last Super Admin of the firm" in response.content.decode()
    assert member_of(super_admin).parent_role == ParentRole.SUPER_ADMIN


def test_the_second_of_two_editors_is_told(client, super_admin, viewer):
    client.force_login(super_admin)

    response = client.post(
        url_of(viewer, "parent-role/"), {"role": "none", "version": "billing_admin"}
    )

    assert response.status_code == 422
    assert "Somebody else changed these rights" in response.content.decode()
    assert "Saved now: Viewer." in response.content.decode()
    assert member_of(viewer).parent_role == ParentRole.VIEWER
