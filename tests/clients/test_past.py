"""Who could open a client at an instant: every kind of change, before and after it (F-242)."""

from datetime import UTC, datetime, timedelta

import pytest

from clients import permissions as p
from clients.models import Connection, TeamAssignment
from clients.models.past import ClientPast, Moment
from clients.roles import ClientRole, ConnectionStatus
from practice import clock
from practice.history import because
from practice.models import BranchMembership, TeamMember, User
from practice.roles import BranchRole, ParentRole
from tests import factories
from tests.conftest import a_colleague

pytestmark = pytest.mark.django_db


def day(number: int) -> datetime:
    return datetime(2027, 3, number, 12, tzinfo=UTC)


@pytest.fixture
def on(time_machine):
    """`on(5)`: it is noon of 5 March 2027."""

    def move(number: int) -> None:
        time_machine.move_to(day(number), tick=False)

    return move


def at(connection: Connection, number: int) -> Moment:
    moment = ClientPast.of(connection).at(day(number))
    assert moment is not None
    return moment


def ways(connection: Connection, user: User, number: int) -> list[str]:
    access = at(connection, number).access.get(user.pk)
    return [way.words for way in access.ways] if access else []


def change(rows, reason: str = "Changed by a test", by: User | None = None, **facts) -> None:
    with because(reason, by=by):
        rows.update(**facts)


def test_an_assignment_opens_from_its_grant_to_its_end(on, unassigned_member, connection):
    on(5)
    tie = factories.TeamAssignmentFactory(content_object=connection, user=unassigned_member)
    on(9)
    with because("Cover ended"):
        tie.delete()
    on(20)

    assert ways(connection, unassigned_member, 4) == []
    assert ways(connection, unassigned_member, 5) == ["Assigned as Full Access"]
    assert ways(connection, unassigned_member, 8) == ["Assigned as Full Access"]
    assert ways(connection, unassigned_member, 9) == []


def test_it_says_since_when_by_whom_and_why(on, super_admin, unassigned_member, connection):
    on(5)
    with because("Holiday cover", by=super_admin):
        TeamAssignment.objects.create(
            content_object=connection,
            firm=connection.firm,
            user=unassigned_member,
            permission=factories.tie_permission(),
        )
    on(8)
    change(TeamAssignment.objects, "Needs to read only", super_admin, role=ClientRole.VIEW_ONLY)
    on(20)

    [before] = at(connection, 7).access[unassigned_member.pk].ways
    [after] = at(connection, 8).access[unassigned_member.pk].ways

    assert (before.words, before.since, before.reason) == (
        "Assigned as Full Access",
        day(5),
        "Holiday cover",
    )
    assert (after.words, after.since, after.reason) == (
        "Assigned as View Only",
        day(8),
        "Needs to read only",
    )
    assert before.by_id == after.by_id == super_admin.pk


def test_an_end_date_ends_it_to_the_second(on, unassigned_member, connection):
    on(5)
    factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, ends_at=day(9)
    )
    on(20)
    past = ClientPast.of(connection)

    assert unassigned_member.pk in past.at(day(9) - timedelta(seconds=1)).access
    assert unassigned_member.pk not in past.at(day(9)).access


def test_an_end_date_set_later_does_not_reach_back(on, unassigned_member, connection):
    on(5)
    factories.TeamAssignmentFactory(content_object=connection, user=unassigned_member)
    on(9)
    change(TeamAssignment.objects, ends_at=day(7))
    on(20)

    assert ways(connection, unassigned_member, 8) == ["Assigned as Full Access"]
    assert ways(connection, unassigned_member, 9) == []


def test_a_transfer_closes_one_branch_and_opens_the_other(on, firm, super_admin, branch_owner):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    dara = a_colleague(dublin, "Dara Dublin Owner", owner=True)
    london = branch_owner.team_members.get().memberships.get().branch
    connection = factories.ConnectionFactory(branch=london)
    on(9)
    change(Connection.objects, "The client moved", super_admin, branch=dublin)
    on(20)

    [way] = at(connection, 9).access[dara.pk].ways

    assert (ways(connection, branch_owner, 8), ways(connection, dara, 8)) == (
        ["Owner on London"],
        [],
    )
    assert ways(connection, branch_owner, 9) == []
    assert (way.words, way.since, way.by_id, way.reason) == (
        "Owner on Dublin",
        day(9),
        super_admin.pk,
        "The client moved",
    )


def test_a_role_opens_from_the_day_it_was_given(on, super_admin, unassigned_member, connection):
    on(9)
    change(BranchMembership.objects, "Promoted", super_admin, role=BranchRole.ADMIN)
    on(12)
    change(BranchMembership.objects, added=[p.CROSS_BRANCH])
    on(20)

    [way] = at(connection, 13).access[unassigned_member.pk].ways

    assert ways(connection, unassigned_member, 8) == []
    assert (way.words, way.since, way.by_id, way.reason) == (
        "Admin on London",
        day(9),
        super_admin.pk,
        "Promoted",
    )


def test_an_override_opens_and_a_withdrawal_closes(on, unassigned_member, branch_admin, connection):
    member = BranchMembership.objects.filter(member__user=unassigned_member)
    admin = BranchMembership.objects.filter(member__user=branch_admin)
    on(9)
    change(member, added=[p.VIEW_ALL_CLIENTS])
    change(admin, withdrawn=[p.VIEW_ALL_CLIENTS])
    on(20)

    assert ways(connection, unassigned_member, 8) == []
    assert ways(connection, unassigned_member, 9) == ["Member on London, with “View All Clients”"]
    assert ways(connection, branch_admin, 8) == ["Admin on London"]
    assert ways(connection, branch_admin, 9) == []


def test_a_parent_role_opens_while_it_lasts(on, super_admin, unassigned_member, connection):
    member = TeamMember.objects.filter(user=unassigned_member)
    on(5)
    change(member, parent_role=ParentRole.VIEWER)
    on(9)
    change(member, parent_role="")
    on(20)

    assert ways(connection, unassigned_member, 4) == []
    assert ways(connection, unassigned_member, 5) == ["Viewer"]
    assert ways(connection, unassigned_member, 9) == []


def test_who_left_the_firm_could_open_it_until_then(on, branch_owner, connection):
    member = TeamMember.objects.filter(user=branch_owner)
    on(9)
    change(member, is_active=False)
    on(12)
    change(member, is_active=True)
    on(20)

    [way] = at(connection, 12).access[branch_owner.pk].ways

    assert ways(connection, branch_owner, 8) == ["Owner on London"]
    assert ways(connection, branch_owner, 9) == []
    assert (way.words, way.since) == ("Owner on London", day(12))


def test_removal_from_the_branch_closes_it(on, branch_owner, connection):
    on(9)
    with because("Left London"):
        BranchMembership.objects.filter(member__user=branch_owner).delete()
    on(20)

    assert ways(connection, branch_owner, 8) == ["Owner on London"]
    assert ways(connection, branch_owner, 9) == []


def test_restriction_leaves_the_named_and_super_admins(
    on, super_admin, branch_owner, assigned_member, connection
):
    on(5)
    factories.TeamAssignmentFactory(content_object=connection, user=branch_owner)
    on(9)
    change(Connection.objects, "Sensitive", super_admin, is_restricted=True)
    on(12)
    change(Connection.objects, "No longer", super_admin, is_restricted=False)
    on(20)

    assert ways(connection, branch_owner, 8) == ["Owner on London", "Assigned as Full Access"]
    assert ways(connection, branch_owner, 9) == ["Assigned as Full Access"]
    assert ways(connection, super_admin, 9) == ["Super Admin"]
    assert set(at(connection, 9).access) == {
        u.pk for u in (super_admin, branch_owner, assigned_member)
    }
    assert at(connection, 12).access[branch_owner.pk].ways[0].since == day(12)


def test_the_records_of_a_disconnected_client_close_to_members(on, assigned_member, connection):
    on(9)
    change(
        Connection.objects,
        status=ConnectionStatus.DISCONNECTED,
        disconnected_at=day(9),
    )
    on(20)

    assert ways(connection, assigned_member, 8) == ["Assigned as Full Access"]
    assert ways(connection, assigned_member, 9) == []
    assert "disconnected" in at(connection, 9).verdict(assigned_member.pk).reason


def test_an_assignment_elsewhere_counts_with_cross_branch_access(on, firm, connection):
    dublin = factories.BranchFactory(firm=firm, name="Dublin")
    nia = a_colleague(dublin, "Nia Dublin Member")
    factories.TeamAssignmentFactory(content_object=connection, user=nia)
    on(9)
    change(BranchMembership.objects, added=[p.CROSS_BRANCH])
    on(20)

    assert ways(connection, nia, 8) == []
    assert ways(connection, nia, 9) == ["Assigned as Full Access"]


def test_what_they_could_do_follows_the_role_of_that_day(on, assigned_member, connection):
    on(9)
    change(TeamAssignment.objects, role=ClientRole.LIMITED)
    on(20)

    before = at(connection, 8).access[assigned_member.pk].writes
    after = at(connection, 9).access[assigned_member.pk].writes

    assert before == [
        "Update Client Notes",
        "Update Clients",
        "Edit Contact Email",
        "Pause Clients",
        "Manage Contacts",
        "Manage Questions",
        "Manage Files",
        "Grant Client Access",
    ]
    assert after == ["Update Client Notes", "Update Clients", "Manage Questions"]


def test_before_the_client_nobody_could_open_it(connection):
    early = clock.now() - timedelta(days=1)

    assert ClientPast.of(connection).at(early) is None


@pytest.mark.parametrize("trait", [{}, {"restricted": True}, {"disconnected": True}])
@pytest.mark.parametrize("requires_second_factor", [False, True])
def test_now_it_agrees_with_permitted(
    request, firm, branch, assigned_member, trait, requires_second_factor
):
    cast = ("super_admin", "viewer", "billing_admin", "branch_owner", "unassigned_member")
    users = [assigned_member, *(request.getfixturevalue(name) for name in cast)]
    off = a_colleague(branch, "Otto Off", owner=True)
    dublin = factories.BranchFactory(firm=firm, name="Dublin", archived=True)
    users += [off, a_colleague(dublin, "Nora Nowhere", owner=True)]
    connection = factories.ConnectionFactory(branch=branch, **trait)
    factories.TeamAssignmentFactory(content_object=connection, user=assigned_member)
    change(User.objects.filter(pk=off.pk), is_active=False)
    firm.requires_second_factor = requires_second_factor
    change(type(firm).objects.filter(pk=firm.pk), requires_second_factor=requires_second_factor)
    off.refresh_from_db()

    found = set(ClientPast.of(connection).now(clock.now()).access)

    assert found == {
        user.pk
        for user in users
        if Connection.objects.permitted(user, firm.pk, p.VIEW_CLIENT).contains(connection)
    }
