"""A role on a branch and single permissions of it, over HTTP; they count on the next request."""

import pytest
from django.test import Client

from clients import permissions as cp
from clients.roles import ClientRole
from practice.actions.team import change_branch_role
from practice.models import BranchMembership
from tests import factories as make
from tests.conftest import a_colleague

pytestmark = pytest.mark.django_db

ADD = "/harbour/clients/add/"


def place_of(user) -> BranchMembership:
    return BranchMembership.objects.get(member__user=user, branch__name="London")


def url_of(user, page: str = "") -> str:
    place = place_of(user)
    return f"/harbour/team/{place.member_id}/branches/{place.branch_id}/{page}"


def answers(user, *ticked: str, without: tuple[str, ...] = (), **changes) -> dict:
    """The form as the page shows it, with these boxes ticked and unticked."""
    place = place_of(user)
    permissions = (place.standing.permissions | set(ticked)) - set(without)
    facts = {"role": place.role, "version": place.version, "permissions": sorted(permissions)}
    return {**facts, **changes}


def rights(user) -> tuple[str, list[str], list[str]]:
    place = place_of(user)
    return place.role, place.added, place.withdrawn


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 302),
        ("branch_owner", 302),
        ("branch_admin", 302),
        ("billing_admin", 403),
        ("viewer", 403),
        ("assigned_member", 403),
        ("contact", 404),
        ("outsider", 404),
    ],
)
def test_who_may_change_rights(persona_client, persona, status, unassigned_member):
    data = answers(unassigned_member, cp.CREATE_CLIENTS)

    response = persona_client(persona).post(url_of(unassigned_member), data)

    assert response.status_code == status
    changed = place_of(unassigned_member).added == [cp.CREATE_CLIENTS]
    assert changed == (status == 302)


def test_a_ticked_permission_works_on_the_next_request(client, branch_owner, assigned_member):
    """F-019: tick "Create Clients" for Mia, who is signed in: her Add Client works."""
    mia = Client()
    mia.force_login(assigned_member)
    before = mia.get(ADD).status_code
    client.force_login(branch_owner)

    client.post(url_of(assigned_member), answers(assigned_member, cp.CREATE_CLIENTS))

    assert (before, mia.get(ADD).status_code) == (403, 200)


def test_an_unticked_permission_ends_on_the_next_request(client, branch_owner, branch_admin):
    adam = Client()
    adam.force_login(branch_admin)
    before = adam.get(ADD).status_code
    client.force_login(branch_owner)

    client.post(url_of(branch_admin), answers(branch_admin, without=(cp.CREATE_CLIENTS,)))

    assert (before, adam.get(ADD).status_code) == (200, 403)
    assert rights(branch_admin) == ("admin", [], ["clients.create_clients"])


def test_a_role_counts_on_the_next_request(client, branch_owner, unassigned_member, connection):
    """F-020: a Member sees assigned clients, an Admin the branch."""
    una, page = Client(), f"/harbour/clients/{connection.pk}/"
    una.force_login(unassigned_member)
    before = una.get(page).status_code
    client.force_login(branch_owner)

    client.post(url_of(unassigned_member), answers(unassigned_member, role="admin"))

    assert (before, una.get(page).status_code) == (404, 200)
    assert rights(unassigned_member) == ("admin", [], [])


def test_a_role_and_a_tick_go_together(client, super_admin, unassigned_member):
    client.force_login(super_admin)
    data = answers(
        unassigned_member, cp.CROSS_BRANCH, without=("practice.view_team",), role="admin"
    )

    client.post(url_of(unassigned_member), data)

    assert rights(unassigned_member) == ("admin", [cp.CROSS_BRANCH], ["practice.view_team"])


def test_the_cross_branch_permission_keeps_a_moved_client_open(client, super_admin, branch, firm):
    """F-020a: Xavi keeps opening a client that moved to Dublin; Mia does not."""
    dublin = make.BranchFactory(firm=firm, name="Dublin")
    moved = make.ConnectionFactory(branch=dublin)
    xavi, mia = a_colleague(branch, "Xavi Cross"), a_colleague(branch, "Mia Member")
    for user in (xavi, mia):
        make.TeamAssignmentFactory(content_object=moved, user=user, role=ClientRole.FULL)
    client.force_login(super_admin)

    client.post(url_of(xavi), answers(xavi, cp.CROSS_BRANCH))

    statuses = []
    for user in (xavi, mia):
        browser = Client()
        browser.force_login(user)
        statuses.append(browser.get(f"/harbour/clients/{moved.pk}/").status_code)
    assert statuses == [200, 403]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"role": "owner"}, "You cannot give or change what you do not have"),
        ({"permissions": ["practice.view_team", "practice.manage_branches"]}, "Manage Branches"),
        ({"permissions": ["practice.manage_security"]}, "cannot be given on a branch"),
        ({"permissions": ["clients.view_client"]}, "cannot be given on a branch"),
        ({"permissions": ["practice.nonsense"]}, "cannot be given on a branch"),
        ({"role": "king"}, "Select a valid choice"),
        ({"version": ""}, "This field is required"),
    ],
)
def test_forged_answers_change_nothing(client, branch_admin, unassigned_member, changes, words):
    client.force_login(branch_admin)

    response = client.post(url_of(unassigned_member), answers(unassigned_member, **changes))

    assert response.status_code == 422
    assert words in response.content.decode()
    assert rights(unassigned_member) == ("member", [], [])


def test_what_was_typed_stays_when_it_is_refused(client, branch_admin, unassigned_member):
    client.force_login(branch_admin)
    data = answers(unassigned_member, cp.CREATE_CLIENTS, role="owner", reason="She runs it now")

    page = client.post(url_of(unassigned_member), data).content.decode()

    assert 'value="She runs it now"' in page
    assert 'value="clients.create_clients" id="' in page
    form = client.post(url_of(unassigned_member), data).context["form"]
    ticked = {right.code for _, rights in form.categories() for right in rights if right.is_on}
    assert cp.CREATE_CLIENTS in ticked


def test_the_reason_stands_in_the_history(client, branch_admin, unassigned_member):
    client.force_login(branch_admin)
    data = answers(unassigned_member, cp.CREATE_CLIENTS, reason="Covers for Adam")

    client.post(url_of(unassigned_member), data)

    line = place_of(unassigned_member).history.latest("history_id")
    assert (line.history_change_reason, line.history_user_id) == (
        "Covers for Adam",
        branch_admin.pk,
    )


def test_an_admin_keeps_what_they_may_not_give(client, super_admin, branch_admin, branch):
    """A locked permission that is held is sent along, so saving something else leaves it."""
    una = a_colleague(branch, "Una Plain")
    client.force_login(branch_admin)

    client.post(url_of(una), answers(una, cp.MANAGE_TAGS, without=(cp.VIEW_ASSIGNED_CLIENTS,)))

    assert rights(una) == ("member", [cp.MANAGE_TAGS], [cp.VIEW_ASSIGNED_CLIENTS])


def test_the_second_of_two_editors_is_told(
    client, branch, branch_owner, super_admin, unassigned_member
):
    client.force_login(branch_owner)
    mine = answers(unassigned_member, cp.CREATE_CLIENTS)
    member = place_of(unassigned_member).member
    change_branch_role(member, branch, added=[cp.MANAGE_TAGS], by=super_admin)

    response = client.post(url_of(unassigned_member), mine)

    assert response.status_code == 409
    assert response.context["theirs"] == {
        "Create Clients": ("not held", "held"),
        "Manage Tags": ("held", "not held"),
    }
    assert rights(unassigned_member) == ("member", [cp.MANAGE_TAGS], [])


def test_saving_again_after_being_told_keeps_yours(
    client, branch, branch_owner, super_admin, unassigned_member
):
    client.force_login(branch_owner)
    mine = answers(unassigned_member, cp.CREATE_CLIENTS)
    member = place_of(unassigned_member).member
    change_branch_role(member, branch, added=[cp.MANAGE_TAGS], by=super_admin)
    told = client.post(url_of(unassigned_member), mine).context["form"]

    response = client.post(url_of(unassigned_member), {**mine, "version": told["version"].value()})

    assert response.status_code == 302
    assert rights(unassigned_member) == ("member", [cp.CREATE_CLIENTS], [])


@pytest.mark.parametrize("page", ["", "reset/", "remove/"])
def test_places_that_do_not_exist(client, super_admin, outsider, unassigned_member, page):
    """A member of another firm, a branch of another firm, a branch where the person is not."""
    mine, theirs = place_of(unassigned_member), outsider.team_members.get()
    foreign = theirs.firm.pk and make.BranchFactory(firm=theirs.firm)
    other = make.BranchFactory(firm=mine.firm)
    client.force_login(super_admin)

    statuses = [
        client.post(f"/harbour/team/{member}/branches/{branch}/{page}", {}).status_code
        for member, branch in (
            (theirs.pk, mine.branch_id),
            (mine.member_id, foreign.pk),
            (mine.member_id, other.pk),
        )
    ]

    assert statuses == [404, 404, 404]


# Reset to role.


def test_a_reset_clears_the_overrides(client, branch, super_admin, branch_owner, unassigned_member):
    """F-019a."""
    place = place_of(unassigned_member)
    change_branch_role(place.member, branch, added=[cp.CREATE_CLIENTS], by=super_admin)
    client.force_login(branch_owner)
    version = place_of(unassigned_member).version

    response = client.post(url_of(unassigned_member, "reset/"), {"version": version}, follow=True)

    assert rights(unassigned_member) == ("member", [], [])
    assert "has what Member gives on London" in response.content.decode()
    assert "changed</span>" not in response.content.decode()


def test_a_reset_of_what_is_beyond_ones_own_is_refused(
    client, branch, super_admin, branch_admin, unassigned_member
):
    place = place_of(unassigned_member)
    change_branch_role(place.member, branch, added=[cp.CROSS_BRANCH], by=super_admin)
    client.force_login(branch_admin)

    response = client.post(url_of(unassigned_member, "reset/"), follow=True)

    assert "what you do not have: “Cross-branch Access”" in response.content.decode()
    assert rights(unassigned_member) == ("member", [cp.CROSS_BRANCH], [])


def test_a_reset_of_an_older_version_is_refused(client, branch, super_admin, unassigned_member):
    place = place_of(unassigned_member)
    change_branch_role(place.member, branch, added=[cp.CREATE_CLIENTS], by=super_admin)
    client.force_login(super_admin)

    response = client.post(
        url_of(unassigned_member, "reset/"), {"version": place.version}, follow=True
    )

    assert "Somebody else changed these rights" in response.content.decode()
    assert rights(unassigned_member) == ("member", [cp.CREATE_CLIENTS], [])
