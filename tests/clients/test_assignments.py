"""Giving, changing and ending assignments (F-056…F-058, F-061): the actions."""

from datetime import timedelta

import pytest

from clients.actions.assignments import (
    assign_people,
    change_assignment,
    end_assignments,
    remove_assignment,
    set_primary,
)
from clients.actions.judging import Outcome, Result
from clients.models import ActivityEvent, Connection, TeamAssignment
from clients.permissions import GRANT_ACCESS
from clients.roles import ClientRole
from practice import clock
from practice.errors import Refused
from practice.history import because
from practice.models import BranchMembership
from tests import factories
from tests.conftest import a_colleague, a_member

FULL, LIMITED, VIEW_ONLY = ClientRole.FULL, ClientRole.LIMITED, ClientRole.VIEW_ONLY


def ties() -> set[tuple[str, str, str]]:
    rows = TeamAssignment.objects.select_related("user", "content_object")
    return {(tie.content_object.name, tie.user.full_name.split()[0], tie.role) for tie in rows}


def lines() -> list[str]:
    return list(ActivityEvent.objects.order_by("pk").values_list("text", flat=True))


@pytest.fixture
def xavi(branch):
    return a_colleague(branch, "Xavi London Member")


def test_people_are_assigned_with_their_roles_the_reason_and_one_line_each(
    connection, branch_owner, unassigned_member, xavi
):
    roles = {unassigned_member.pk: LIMITED, xavi.pk: VIEW_ONLY}

    done = assign_people([connection.pk], roles, by=branch_owner, reason="Year end")

    assert done == [
        Outcome(connection.pk, Result.CHANGED, line)
        for line in (
            "Olga London Owner assigned Una London Member, Limited Access",
            "Olga London Owner assigned Xavi London Member, View Only",
        )
    ]
    assert ties() == {("Acme Bakery", "Una", "limited"), ("Acme Bakery", "Xavi", "view_only")}
    first = TeamAssignment.history.order_by("history_id").first()
    assert (first.history_user, first.history_change_reason) == (branch_owner, "Year end")
    assert (first.granted_by, first.reason) == (branch_owner, "Year end")
    assert lines() == [
        "Olga London Owner assigned Una London Member, Limited Access",
        "Olga London Owner assigned Xavi London Member, View Only",
    ]


def test_doing_it_again_changes_nothing(connection, branch_owner, unassigned_member):
    for _ in range(2):
        done = assign_people(
            [connection.pk], {unassigned_member.pk: LIMITED}, by=branch_owner, reason=""
        )

    assert [one.why for one in done] == ["Una London Member has Limited Access already."]
    assert not done[0].is_changed
    assert TeamAssignment.history.count() == 1
    assert len(lines()) == 1


def test_another_role_changes_the_one_row_and_keeps_the_grant(
    connection, branch_owner, branch_admin, unassigned_member
):
    assign_people([connection.pk], {unassigned_member.pk: FULL}, by=branch_owner, reason="Start")

    done = assign_people(
        [connection.pk], {unassigned_member.pk: VIEW_ONLY}, by=branch_admin, reason="Cover ended"
    )

    tie = TeamAssignment.objects.get()
    assert [one.is_changed for one in done] == [True]
    assert done[0].why == "Adam London Admin changed the role of Una London Member to View Only"
    assert (tie.role, tie.granted_by, tie.reason) == (VIEW_ONLY, branch_owner, "Start")
    assert tie.history.latest().history_change_reason == "Cover ended"


def test_an_assignment_past_its_end_is_given_anew(connection, branch_owner, unassigned_member):
    old = factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, ended=True, is_primary=True
    )

    done = assign_people(
        [connection.pk], {unassigned_member.pk: LIMITED}, by=branch_owner, reason=""
    )

    tie = TeamAssignment.objects.get()
    assert [one.is_changed for one in done] == [True]
    assert (tie.pk != old.pk, tie.is_primary, tie.ends_at) == (True, False, None)
    ended = TeamAssignment.history.get(id=old.pk, history_type="-")
    assert (ended.history_user, ended.history_change_reason) == (
        None,
        "The agreed end was reached.",
    )


def test_the_end_is_kept_and_must_lie_ahead(connection, branch_owner, unassigned_member):
    soon, past = clock.now() + timedelta(days=9), clock.now() - timedelta(seconds=1)
    roles = {unassigned_member.pk: LIMITED}

    assign_people([connection.pk], roles, by=branch_owner, reason="", ends_at=soon)
    with pytest.raises(Refused, match="has passed"):
        assign_people([connection.pk], roles, by=branch_owner, reason="", ends_at=past)

    assert TeamAssignment.objects.get().ends_at == soon


def nia_of_dublin(connection, _branch):
    dublin = factories.BranchFactory(firm=connection.firm, name="Dublin")
    return a_colleague(dublin, "Nia Dublin Member").pk


def somebody_who_left(connection, branch):
    user = a_colleague(branch, "Lea Left")
    with factories.arranging():
        user.team_members.update(is_active=False)
    return user.pk


def somebody_switched_off(connection, branch):
    user = a_colleague(branch, "Oli Off")
    with factories.arranging():
        type(user).objects.filter(pk=user.pk).update(is_active=False)
    return user.pk


def a_stranger(connection, _branch):
    return a_member(factories.FirmFactory(slug="else"), "Sol Stranger", super_admin=True).pk


def nobody(_connection, _branch):
    return 999_999


@pytest.mark.parametrize(
    "forged", [nia_of_dublin, somebody_who_left, somebody_switched_off, a_stranger, nobody]
)
def test_who_is_not_of_the_branch_is_refused_and_nothing_changes(
    connection, branch, branch_owner, unassigned_member, forged
):
    roles = {unassigned_member.pk: LIMITED, forged(connection, branch): LIMITED}

    with pytest.raises(Refused):
        assign_people([connection.pk], roles, by=branch_owner, reason="")

    assert not TeamAssignment.objects.exists()


@pytest.mark.parametrize("parent", ["super_admin", "viewer", "billing_admin"])
def test_people_in_a_parent_role_may_be_named(request, connection, branch_owner, parent):
    person = request.getfixturevalue(parent)

    assign_people([connection.pk], {person.pk: VIEW_ONLY}, by=branch_owner, reason="")

    assert TeamAssignment.objects.get().user == person


def test_who_was_kept_across_branches_may_get_another_role(connection, branch_owner):
    dublin = factories.BranchFactory(firm=connection.firm, name="Dublin")
    nia = a_colleague(dublin, "Nia Dublin Member")
    factories.TeamAssignmentFactory(content_object=connection, user=nia, role=FULL)

    change_assignment(connection, nia, role=LIMITED, ends_at=None, by=branch_owner)

    assert TeamAssignment.objects.get().role == LIMITED


@pytest.mark.parametrize("other", ["unknown", "of another firm"])
def test_forged_clients_are_refused(connection, super_admin, unassigned_member, other):
    pk = factories.ConnectionFactory().pk if other == "of another firm" else 999_999

    with pytest.raises(Refused):
        assign_people(
            [connection.pk, pk], {unassigned_member.pk: LIMITED}, by=super_admin, reason=""
        )

    assert not TeamAssignment.objects.exists()


@pytest.mark.parametrize(("role", "is_given"), [(FULL, True), (LIMITED, True)])
def test_full_access_gives_what_it_holds(
    connection, assigned_member, unassigned_member, role, is_given
):
    assign_people([connection.pk], {unassigned_member.pk: role}, by=assigned_member, reason="")

    assert TeamAssignment.objects.filter(user=unassigned_member, role=role).exists() is is_given


def granted(user, *codes) -> None:
    with factories.arranging():
        BranchMembership.objects.filter(member__user=user).update(added=list(codes))


@pytest.fixture
def limited_giver(branch, connection):
    """Tied as Limited Access, and allowed to grant access by an override."""
    user = a_colleague(branch, "Gil Giver")
    granted(user, GRANT_ACCESS)
    factories.TeamAssignmentFactory(content_object=connection, user=user, role=LIMITED)
    return user


def test_nobody_gives_more_than_they_have(connection, limited_giver, unassigned_member):
    with pytest.raises(Refused, match="You cannot give Full Access for Acme Bakery: it includes"):
        assign_people([connection.pk], {unassigned_member.pk: FULL}, by=limited_giver, reason="")

    assign_people([connection.pk], {unassigned_member.pk: LIMITED}, by=limited_giver, reason="")

    assert TeamAssignment.objects.get(user=unassigned_member).role == LIMITED


def test_nobody_widens_their_own_role(connection, limited_giver):
    with pytest.raises(Refused, match="which you do not hold"):
        change_assignment(connection, limited_giver, role=FULL, ends_at=None, by=limited_giver)

    change_assignment(connection, limited_giver, role=VIEW_ONLY, ends_at=None, by=limited_giver)

    assert TeamAssignment.objects.get().role == VIEW_ONLY


@pytest.mark.parametrize("whose", ["own", "another's"])
def test_who_gives_by_an_assignment_gives_no_longer_than_it_runs(
    connection, branch, unassigned_member, whose
):
    giver, end = a_colleague(branch, "Tim Till"), clock.now() + timedelta(days=10)
    factories.TeamAssignmentFactory(content_object=connection, user=giver, ends_at=end)
    person = giver if whose == "own" else unassigned_member

    with pytest.raises(Refused, match="Your own assignment to Acme Bakery ends on"):
        assign_people([connection.pk], {person.pk: FULL}, by=giver, reason="")

    assert list(TeamAssignment.objects.values_list("ends_at", flat=True)) == [end]


def test_full_access_does_not_take_from_others(connection, assigned_member, unassigned_member):
    factories.TeamAssignmentFactory(content_object=connection, user=unassigned_member, role=FULL)

    with pytest.raises(Refused, match="Revoke Client Access"):
        change_assignment(
            connection, unassigned_member, role=LIMITED, ends_at=None, by=assigned_member
        )
    with pytest.raises(Refused, match="Revoke Client Access"):
        remove_assignment(connection, unassigned_member, by=assigned_member, reason="")
    with pytest.raises(Refused, match="Revoke Client Access"):
        assign_people(
            [connection.pk], {unassigned_member.pk: VIEW_ONLY}, by=assigned_member, reason=""
        )

    assert TeamAssignment.objects.get(user=unassigned_member).role == FULL


def test_shortening_is_taking_and_prolonging_is_giving(
    connection, assigned_member, unassigned_member
):
    end = clock.now() + timedelta(days=10)
    factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, role=LIMITED, ends_at=end
    )

    def until(ends_at):
        change_assignment(
            connection, unassigned_member, role=LIMITED, ends_at=ends_at, by=assigned_member
        )

    with pytest.raises(Refused, match="Revoke Client Access"):
        until(end - timedelta(days=1))
    until(end + timedelta(days=1))

    assert TeamAssignment.objects.get(user=unassigned_member).ends_at == end + timedelta(days=1)


def test_one_s_own_assignment_may_be_given_up(connection, assigned_member):
    assert remove_assignment(connection, assigned_member, by=assigned_member, reason="Moved on")

    gone = TeamAssignment.history.latest()
    assert (gone.history_type, gone.history_change_reason) == ("-", "Moved on")


def test_removing_twice_is_one_effect(connection, branch_owner, assigned_member):
    first = remove_assignment(connection, assigned_member, by=branch_owner, reason="")
    second = remove_assignment(connection, assigned_member, by=branch_owner, reason="")

    assert (first, second) == (True, False)
    assert lines() == ["Mia London Member is no longer assigned"]


def test_changing_who_is_not_assigned_is_refused(connection, branch_owner, unassigned_member):
    with pytest.raises(Refused, match="is not assigned to Acme Bakery"):
        change_assignment(connection, unassigned_member, role=FULL, ends_at=None, by=branch_owner)


def test_the_primary_accountant_is_one_and_moves(connection, branch_owner, assigned_member, xavi):
    factories.TeamAssignmentFactory(content_object=connection, user=xavi)

    for user in (assigned_member, xavi, xavi):
        set_primary(connection, user, by=branch_owner)

    assert [tie.user for tie in TeamAssignment.objects.filter(is_primary=True)] == [xavi]
    assert lines() == [
        "Mia London Member is now the primary accountant",
        "Xavi London Member is now the primary accountant",
    ]

    set_primary(connection, None, by=branch_owner)

    assert not TeamAssignment.objects.filter(is_primary=True).exists()


def test_only_the_assigned_are_made_primary(connection, branch_owner, unassigned_member):
    with pytest.raises(Refused, match="is not assigned"):
        set_primary(connection, unassigned_member, by=branch_owner)


def test_thousands_take_the_statements_of_one(
    branch, branch_owner, unassigned_member, xavi, django_assert_num_queries
):
    roles = {unassigned_member.pk: LIMITED, xavi.pk: VIEW_ONLY}
    one = [factories.ConnectionFactory(branch=branch).pk]
    many = [factories.ConnectionFactory(branch=branch).pk for _ in range(30)]
    factories.tie_permission()  # the content type is known from here on

    for ids in (one, many):
        with django_assert_num_queries(20):
            assign_people(ids, roles, by=branch_owner, reason="Team of the year")

    assert TeamAssignment.objects.count() == 62


def test_ending_all_of_a_person_says_so_on_each_client(branch, super_admin, unassigned_member):
    for _ in range(3):
        row = factories.ConnectionFactory(branch=branch)
        factories.TeamAssignmentFactory(content_object=row, user=unassigned_member)

    ended = end_assignments(branch.firm_id, unassigned_member.pk, by=super_admin, reason="Left")

    assert (ended, len(lines())) == (3, 3)


def test_names_of_the_longest_fit_on_the_timeline(connection, branch, branch_owner):
    person = a_colleague(branch, "N" * 200)
    with because("Arranged"):
        type(branch_owner).objects.filter(pk=branch_owner.pk).update(full_name="O" * 200)
    branch_owner.refresh_from_db()

    assign_people([connection.pk], {person.pk: LIMITED}, by=branch_owner, reason="r" * 900)

    assert len(lines()[0]) == 400
    assert Connection.objects.get() == connection
