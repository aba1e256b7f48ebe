"""Transfers as an action: in sets, row by row judged, announced, and consistent in a race."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients import permissions as p
from clients.actions.assignments import assign_people, remove_assignment
from clients.actions.judging import Outcome
from clients.actions.transfers import transfer_connection, transfer_connections
from clients.models import ActivityEvent, Connection, TeamAssignment
from clients.roles import ClientRole
from clients.signals import connection_transferred
from practice import tenancy
from practice.actions.team import remove_from_branch
from practice.errors import Refused
from practice.models import Branch, BranchMembership
from practice.roles import BranchRole
from tests import factories
from tests.conftest import a_colleague


@pytest.fixture
def dublin(firm):
    return factories.BranchFactory(firm=firm, name="Dublin", currency="EUR")


def tie(user, *rows) -> None:
    for row in rows:
        factories.TeamAssignmentFactory(content_object=row, user=user)


def test_each_client_is_told_what_became_of_it(super_admin, branch, dublin, connection):
    there = factories.ConnectionFactory(branch=dublin, name="Kells Print")
    paused = factories.ConnectionFactory(branch=branch, paused=True)

    outcomes = transfer_connections(
        [there.pk, connection.pk, paused.pk, 987654321, connection.pk], dublin, by=super_admin
    )

    assert outcomes == [
        Outcome(there.pk, "unchanged", "Kells Print is in Dublin already."),
        Outcome(connection.pk, "changed", "London → Dublin"),
        Outcome(paused.pk, "refused", "This relationship is paused, so it is view-only."),
        Outcome(987654321, "refused", "There is no such client."),
    ]


def test_it_takes_the_permission_on_both_branches(branch_owner, branch, dublin, connection):
    theirs = factories.ConnectionFactory(branch=dublin)

    with pytest.raises(Refused, match="You cannot move clients to Dublin. Your role lacks"):
        transfer_connection(connection, dublin, by=branch_owner)
    member = branch_owner.team_members.get()
    factories.BranchMembershipFactory(
        branch=dublin, member=member, role=BranchRole.MEMBER, added=[p.VIEW_ALL_CLIENTS]
    )
    [outcome] = transfer_connections([theirs.pk], branch, by=branch_owner)

    assert (outcome.result, outcome.why) == ("refused", "Your role lacks “Change Branch”.")
    assert set(Connection.objects.values_list("branch__name", flat=True)) == {"London", "Dublin"}


def test_a_client_out_of_sight_does_not_exist(branch_owner, dublin, branch):
    hidden = factories.ConnectionFactory(branch=branch, restricted=True, name="Secret Ltd")
    factories.BranchMembershipFactory(
        branch=dublin, member=branch_owner.team_members.get(), role=BranchRole.OWNER
    )

    outcomes = transfer_connections([hidden.pk], dublin, by=branch_owner)

    assert outcomes == [Outcome(hidden.pk, "refused", "There is no such client.")]


@pytest.mark.parametrize("kind", ["archived", "foreign"])
def test_a_closed_branch_takes_nobody(super_admin, outsider, firm, connection, kind):
    target = factories.BranchFactory(firm=firm, archived=True, name="Leeds")
    if kind == "foreign":
        target = Branch.objects.get(name="Southgate")

    with pytest.raises(Refused) as refusal:
        transfer_connection(connection, target, by=super_admin)

    assert (
        str(refusal.value)
        == {
            "archived": "Leeds is archived, so no client can move there.",
            "foreign": "Choose a branch of your own firm.",
        }[kind]
    )
    assert Connection.objects.get(pk=connection.pk).branch == connection.branch


def test_who_may_not_hold_a_tie_there_loses_it(super_admin, viewer, branch, dublin, connection):
    xavi = a_colleague(branch, "Xavi London Member", added=[p.CROSS_BRANCH])
    both = a_colleague(branch, "Bea Both Member")
    factories.BranchMembershipFactory(branch=dublin, member=both.team_members.get())
    mia = a_colleague(branch, "Mia London Member")
    gone = a_colleague(branch, "Gus Gone", owner=True)
    left = gone.team_members.get()
    with factories.arranging():
        left.is_active = False
        left.save(update_fields=["is_active"])
    other = factories.ConnectionFactory(branch=branch)
    for user in (xavi, both, mia, gone, viewer):
        tie(user, connection)
    tie(mia, other)

    transfer_connection(connection, dublin, by=super_admin)

    kept = TeamAssignment.objects.filter(content_object=connection)
    assert set(kept.values_list("user", flat=True)) == {xavi.pk, both.pk, viewer.pk}
    assert TeamAssignment.objects.filter(content_object=other, user=mia).exists()
    ended = TeamAssignment.history.filter(history_type="-")
    assert {(row.user_id, row.history_change_reason) for row in ended} == {
        (mia.pk, "Transferred to Dublin."),
        (gone.pk, "Transferred to Dublin."),
    }


def test_it_is_announced_inside_the_transaction(super_admin, dublin, branch, connection):
    heard = []

    def listen(**news):
        heard.append(news)
        raise ZeroDivisionError

    connection_transferred.connect(listen)
    try:
        with pytest.raises(ZeroDivisionError):
            transfer_connection(connection, dublin, by=super_admin, reason="Workload")
    finally:
        connection_transferred.disconnect(listen)

    [news] = heard
    assert (news["sender"], news["connections"]) == (Connection, [connection])
    assert news["from_branch_ids"] == {connection.pk: branch.pk}
    assert (news["branch"], news["by"], news["reason"]) == (dublin, super_admin, "Workload")
    assert Connection.objects.get().branch == branch


def test_nothing_is_announced_where_nothing_moves(super_admin, branch, connection):
    heard = []

    def listen(**news):
        heard.append(news)

    connection_transferred.connect(listen)
    try:
        transfer_connection(connection, branch, by=super_admin)
    finally:
        connection_transferred.disconnect(listen)

    assert heard == []
    assert not ActivityEvent.objects.exists()


def test_many_cost_as_many_statements_as_one(super_admin, firm, branch, dublin):
    cork = factories.BranchFactory(firm=firm, name="Cork")
    users = [a_colleague(branch, f"L{n} London Member") for n in range(3)]

    def statements(rows) -> int:
        for user in users:
            tie(user, *rows)
        with CaptureQueriesContext(database) as captured:
            transfer_connections([row.pk for row in rows], dublin, by=super_admin)
        return len(captured)

    one = statements([factories.ConnectionFactory(branch=branch)])
    many = statements(
        [factories.ConnectionFactory(branch=place) for place in (branch, cork) for _ in range(20)]
    )

    assert (one, many) == (27, 27)
    assert not TeamAssignment.objects.exists()
    assert ActivityEvent.objects.count() == 41


# Races, on committed rows: whatever comes first, nobody keeps an assignment that they may not have.


def together(*functions) -> list[BaseException]:
    """Each in a thread and a transaction of its own, as a request would be; what they raised."""
    barrier = threading.Barrier(len(functions), timeout=10)

    def run(function):
        try:
            barrier.wait()
            with tenancy.as_system():
                function()
        finally:
            database.close()

    with ThreadPoolExecutor(len(functions)) as pool:
        futures = [pool.submit(run, function) for function in functions]
    return [problem for future in futures if (problem := future.exception())]


@pytest.fixture
def mia(branch):
    """A member of London, committed."""
    with tenancy.as_system():
        return a_colleague(branch, "Mia London Member")


def strangers() -> list[tuple[str, str]]:
    """Assignments of people who are not on the client's branch."""
    with tenancy.as_system():
        places = set(BranchMembership.objects.values_list("member__user_id", "branch_id"))
        ties = TeamAssignment.objects.select_related("user", "content_object")
        return [
            (str(one.user), one.content_object.name)
            for one in ties
            if (one.user_id, one.content_object.branch_id) not in places
        ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_a_transfer_and_an_assignment_at_once(super_admin, branch, dublin, connection, mia, round_):
    def move():
        transfer_connection(connection, dublin, by=super_admin)

    def assign():
        assign_people(
            [connection.pk],
            {mia.pk: ClientRole.FULL},
            by=super_admin,
            reason="Takes over",
        )

    raised = together(*([move, assign] if round_ % 2 else [assign, move]))

    assert all(isinstance(problem, Refused) for problem in raised), raised
    with tenancy.as_system():
        assert Connection.objects.get().branch == dublin
    assert strangers() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_a_transfer_and_leaving_the_new_branch_at_once(
    super_admin, branch, dublin, connection, mia, round_
):
    """Mia works on both branches; as her client moves to Dublin she is taken off Dublin."""
    tie(mia, connection)
    with tenancy.as_system():
        member = mia.team_members.get()
    factories.BranchMembershipFactory(branch=dublin, member=member)

    def move():
        transfer_connection(connection, dublin, by=super_admin)

    def leave():
        remove_from_branch(member, dublin, by=super_admin, reason="Left Dublin")

    raised = together(*([move, leave] if round_ % 2 else [leave, move]))

    assert raised == []
    assert strangers() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(5))
def test_a_transfer_and_the_end_of_an_assignment_at_once(
    super_admin, branch, dublin, connection, mia, round_
):
    tie(mia, connection)

    def move():
        transfer_connection(connection, dublin, by=super_admin)

    def end():
        remove_assignment(connection, mia, by=super_admin, reason="Done")

    raised = together(*([move, end] if round_ % 2 else [end, move]))

    assert raised == []
    with tenancy.as_system():
        assert not TeamAssignment.objects.exists()
        ended = TeamAssignment.history.filter(history_type="-")
        assert ended.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_transfers_at_once_leave_one_branch(super_admin, firm, branch, dublin, connection):
    cork = factories.BranchFactory(firm=firm, name="Cork")

    raised = together(
        lambda: transfer_connection(connection, dublin, by=super_admin),
        lambda: transfer_connection(connection, cork, by=super_admin),
    )

    assert raised == []
    with tenancy.as_system():
        moves = [row.branch_id for row in Connection.history.order_by("history_id")]
        assert set(moves) == {branch.pk, dublin.pk, cork.pk}
        assert Connection.objects.get().branch_id == moves[-1]
