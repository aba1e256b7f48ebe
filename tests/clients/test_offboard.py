"""Offboard: preview, who takes over, one transaction, what is left over (F-241)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection as database

from clients.actions.offboarding import offboard_member
from clients.models import ActivityEvent, TeamAssignment
from clients.roles import ClientRole
from practice import clock, tenancy
from practice.errors import Refused
from practice.models import BranchMembership, TeamMember, User
from tests import factories
from tests.conftest import a_colleague, a_member


@pytest.fixture
def mia(assigned_member) -> TeamMember:
    return assigned_member.team_members.get()


@pytest.fixture
def url(mia) -> str:
    return f"/harbour/team/{mia.pk}/offboard/"


def answers(branch=None, heir: User | None = None, **changes) -> dict[str, object]:
    chosen = {f"branch_{branch.pk}": heir.pk} if branch and heir else {}
    return {"reason": "Left the firm.", **chosen, **changes}


def ties() -> set[tuple[str, str, str]]:
    rows = TeamAssignment.objects.select_related("user", "content_object")
    return {(str(tie.user), tie.content_object.name, tie.role) for tie in rows}


def test_the_preview_counts_and_lists_what_ends(client, super_admin, mia, branch, firm, url):
    factories.ConnectionFactory(branch=branch)
    paused = factories.ConnectionFactory(branch=branch, name="Echo Farms", paused=True)
    factories.TeamAssignmentFactory(content_object=paused, user=mia.user, is_primary=True)
    factories.SavedViewFactory(member=mia, firm=firm, is_shared=True)
    factories.ImportRunFactory(branch=branch, started_by=mia.user)
    factories.ApiKeyFactory(firm=firm, created_by=mia.user)
    factories.WebhookFactory(firm=firm, created_by=mia.user)
    client.force_login(super_admin)

    response = client.get(url)

    html = response.content.decode()
    for words in (
        "is assigned to 2 clients, and is the primary accountant of 1",
        "1 assignment ends in any case",
        "Member on <bdi>London</bdi>",
        "Echo Farms",
        "primary accountant</span>",
        "shared views of the client list",
        "imports that are not finished",
        "API keys that they created",
        "webhooks that they added",
        "Who takes over 1 client of London",
    ):
        assert words in html
    assert TeamAssignment.objects.count() == 2


def test_a_confirmation_comes_before_anything_is_done(
    client, super_admin, branch_admin, mia, branch, url
):
    client.force_login(super_admin)

    response = client.get(url, {"step": "confirm", **answers(branch, branch_admin)})

    html = response.content.decode()
    assert "<bdi>Adam London Admin</bdi> takes over 1 client" in html
    assert f'name="branch_{branch.pk}" value="{branch_admin.pk}"' in html
    assert TeamMember.objects.get(pk=mia.pk).is_active


def test_a_colleague_takes_over_and_the_rest_ends(
    client, super_admin, branch_admin, mia, branch, connection, url
):
    paused = factories.ConnectionFactory(branch=branch, name="Echo Farms", paused=True)
    factories.TeamAssignmentFactory(content_object=paused, user=mia.user)
    client.force_login(super_admin)

    response = client.post(url, answers(branch, branch_admin), follow=True)

    assert response.redirect_chain == [(url, 302)]
    assert ties() == {("Adam London Admin", "Acme Bakery", "full")}
    tie = TeamAssignment.objects.get()
    assert (tie.granted_by, tie.reason) == (super_admin, "Taken over from Mia London Member.")
    member = TeamMember.objects.get(pk=mia.pk)
    assert (member.is_active, BranchMembership.objects.filter(member=mia).exists()) == (
        False,
        False,
    )
    done = response.context["departure"]
    assert (done.ended, done.passed_on, done.branches, done.without_anybody) == (2, 1, 1, 1)
    assert (done.by, done.reason) == (super_admin, "Left the firm.")
    ended = TeamAssignment.history.filter(history_type="-")
    assert {(row.history_user, row.history_change_reason) for row in ended} == {
        (super_admin, "Left the firm.")
    }
    words = set(ActivityEvent.objects.values_list("text", flat=True))
    assert "Mia London Member is no longer assigned" in words


def test_whoever_leaves_is_shut_out_at_once(client, persona_client, super_admin, mia, url):
    leaver = persona_client("assigned_member")
    client.force_login(super_admin)

    client.post(url, answers())

    assert leaver.get("/harbour/clients/").status_code == 404
    assert ties() == set()


@pytest.mark.parametrize(
    ("own", "leavers", "becomes"),
    [
        ("view_only", "full", "full"),
        ("limited", "limited", "limited"),
        ("full", "limited", "full"),
    ],
)
def test_the_higher_role_is_kept(
    super_admin, branch_admin, mia, branch, connection, own, leavers, becomes
):
    factories.TeamAssignmentFactory(content_object=connection, user=branch_admin, role=own)
    row = factories.ConnectionFactory(branch=branch, name="Other")
    factories.TeamAssignmentFactory(content_object=row, user=branch_admin, role=own)
    factories.TeamAssignmentFactory(content_object=row, user=mia.user, role=leavers)

    offboard_member(mia, {branch.pk: branch_admin.pk}, by=super_admin, reason="Left.")

    assert ("Adam London Admin", "Other", becomes) in ties()


def test_the_end_date_and_the_primary_accountant_pass_on(
    super_admin, branch_admin, mia, branch, connection
):
    until = clock.now() + timedelta(days=9)
    row = factories.ConnectionFactory(branch=branch, name="Other")
    factories.TeamAssignmentFactory(
        content_object=row, user=mia.user, role="limited", ends_at=until, is_primary=True
    )

    done = offboard_member(mia, {branch.pk: branch_admin.pk}, by=super_admin, reason="Left.")

    tie = TeamAssignment.objects.get(content_object=row)
    assert (tie.user, tie.role, tie.ends_at, tie.is_primary) == (
        branch_admin,
        ClientRole.LIMITED,
        until,
        True,
    )
    assert (done.ended, done.passed_on) == (2, 2)


def test_a_temporary_role_never_shortens_what_a_colleague_has(
    super_admin, branch_admin, mia, branch
):
    row = factories.ConnectionFactory(branch=branch, name="Other")
    factories.TeamAssignmentFactory(content_object=row, user=branch_admin, role="view_only")
    factories.TeamAssignmentFactory(
        content_object=row, user=mia.user, ends_at=clock.now() + timedelta(days=1)
    )

    offboard_member(mia, {branch.pk: branch_admin.pk}, by=super_admin, reason="Left.")

    tie = TeamAssignment.objects.get(content_object=row)
    assert (tie.role, tie.ends_at) == (ClientRole.VIEW_ONLY, None)


def test_thousands_pass_on_in_few_statements(
    super_admin, branch_admin, mia, branch, django_assert_max_num_queries
):
    for number in range(30):
        row = factories.ConnectionFactory(branch=branch)
        role = ClientRole.values[number % 3]
        factories.TeamAssignmentFactory(content_object=row, user=mia.user, role=role)

    with django_assert_max_num_queries(140):
        done = offboard_member(mia, {branch.pk: branch_admin.pk}, by=super_admin, reason="Left.")

    assert done.passed_on == 31


def test_forged_colleagues_are_refused_and_nothing_is_changed(
    client, super_admin, outsider, mia, branch, firm, url
):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    nia = factories.BranchMembershipFactory(branch=dublin).member.user
    client.force_login(super_admin)

    for stranger in (outsider, nia, mia.user):
        response = client.post(url, answers(branch, stranger))
        assert response.status_code == 422
    with pytest.raises(Refused):
        offboard_member(mia, {branch.pk: nia.pk}, by=super_admin, reason="Left.")

    assert TeamMember.objects.get(pk=mia.pk).is_active
    assert ties() == {("Mia London Member", "Acme Bakery", "full")}


def test_without_a_reason_nothing_is_lost_and_nothing_is_done(
    client, super_admin, branch_admin, mia, branch, url
):
    client.force_login(super_admin)

    response = client.post(url, answers(branch, branch_admin, reason=" "))

    assert response.status_code == 422
    assert f'<option value="{branch_admin.pk}" selected>' in response.content.decode()
    assert TeamMember.objects.get(pk=mia.pk).is_active


def test_the_last_super_admin_stays(client, super_admin, branch, firm):
    sana = super_admin.team_members.get()
    client.force_login(super_admin)

    response = client.post(f"/harbour/team/{sana.pk}/offboard/", answers())

    assert response.status_code == 422
    assert "is the last Super Admin of the firm" in response.content.decode()
    assert TeamMember.objects.get(pk=sana.pk).is_active


def test_a_second_click_changes_nothing_more(client, super_admin, mia, url):
    client.force_login(super_admin)
    client.post(url, answers())

    again = client.post(url, answers(), follow=True)

    assert "no longer works at this firm" in again.content.decode()
    assert TeamMember.history.filter(id=mia.pk, is_active=False).count() == 1


def test_an_owner_may_not_offboard_whom_other_branches_have(client, branch_owner, mia, firm, url):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    factories.BranchMembershipFactory(branch=dublin, member=mia)
    client.force_login(branch_owner)

    response = client.post(url, answers())

    assert response.status_code == 403
    assert TeamMember.objects.get(pk=mia.pk).is_active


def test_an_admin_may_not_offboard_an_owner(client, branch_admin, branch_owner):
    olga = branch_owner.team_members.get()
    client.force_login(branch_admin)

    response = client.post(f"/harbour/team/{olga.pk}/offboard/", answers())

    assert response.status_code == 422
    assert "You cannot give or change what you do not have" in response.content.decode()
    assert TeamMember.objects.get(pk=olga.pk).is_active


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("viewer", 403),
        ("billing_admin", 403),
        ("unassigned_member", 403),
        ("branch_owner", 302),
        ("outsider", 404),
    ],
)
def test_who_may(persona_client, url, mia, persona, status):
    response = persona_client(persona).post(url, answers())

    assert response.status_code == status
    assert TeamMember.objects.get(pk=mia.pk).is_active is (status != 302)


@pytest.mark.parametrize("many", [1, 3])
def test_query_count(client, super_admin, mia, branch, url, many, django_assert_num_queries):
    for _ in range(many):
        row = factories.ConnectionFactory(branch=branch)
        factories.TeamAssignmentFactory(content_object=row, user=mia.user)
        factories.BranchMembershipFactory(branch=branch)
    client.force_login(super_admin)
    client.get(url)

    with django_assert_num_queries(24):
        client.get(url)


@pytest.mark.django_db(transaction=True)
def test_offboarding_twice_at_once_is_one_effect():
    with tenancy.as_system():
        branch = factories.BranchFactory()
        boss = a_member(branch.firm, "Sana Super Admin", super_admin=True)
        heir = a_colleague(branch, "Adam London Admin", admin=True)
        mia = a_colleague(branch, "Mia London Member").team_members.get()
        row = factories.ConnectionFactory(branch=branch, name="Acme Bakery")
        factories.TeamAssignmentFactory(content_object=row, user=mia.user)

    def once(_: int) -> str:
        try:
            with tenancy.in_firm(branch.firm_id, boss.pk):
                offboard_member(mia, {branch.pk: heir.pk}, by=boss, reason="Left.")
        except Refused as refusal:
            return str(refusal)
        finally:
            database.close()
        return "done"

    with ThreadPoolExecutor(8) as workers:
        results = sorted(workers.map(once, range(8)))

    assert results == [*["Mia London Member no longer works at this firm."] * 7, "done"]
    with tenancy.as_system():
        assert TeamMember.history.filter(id=mia.pk, is_active=False).count() == 1
        assert ties() == {("Adam London Admin", "Acme Bakery", "full")}
