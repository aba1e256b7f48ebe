"""Assignments on committed rows: two at once leave one consistent end (F-056, F-058)."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database

from clients.actions.access import set_up_access
from clients.actions.assignments import assign_people, remove_assignment, set_primary
from clients.models import TeamAssignment
from clients.roles import ClientRole
from practice import tenancy
from practice.actions.team import remove_from_branch
from practice.errors import Refused
from practice.models import BranchMembership
from tests import factories
from tests.conftest import a_colleague

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = range(5)


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
    with tenancy.as_system():
        return a_colleague(branch, "Mia London Member")


@pytest.fixture
def xavi(branch):
    with tenancy.as_system():
        return a_colleague(branch, "Xavi London Member")


def give(connection, user, by, role=ClientRole.FULL):
    return lambda: assign_people([connection.pk], {user.pk: role}, by=by, reason="")


def test_many_grants_to_one_person_at_once_are_one_row(super_admin, connection, mia):
    grants = [give(connection, mia, super_admin) for _ in range(8)]

    raised = together(*grants)

    assert raised == []
    with tenancy.as_system():
        assert TeamAssignment.objects.count() == 1
        assert TeamAssignment.history.count() == 1


def test_two_roles_at_once_are_one_row_with_one_of_them(super_admin, connection, mia):
    roles = (ClientRole.LIMITED, ClientRole.VIEW_ONLY)

    raised = together(*(give(connection, mia, super_admin, role) for role in roles))

    assert raised == []
    with tenancy.as_system():
        assert TeamAssignment.objects.get().role in roles


def test_set_up_access_pressed_twice_is_one_row(super_admin, connection):
    raised = together(*[lambda: set_up_access(connection, by=super_admin)] * 4)

    assert raised == []
    with tenancy.as_system():
        assert TeamAssignment.objects.count() == 1


@pytest.mark.parametrize("round_", ROUNDS)
def test_an_assignment_and_leaving_the_branch_at_once(super_admin, branch, connection, mia, round_):
    with tenancy.as_system():
        member = mia.team_members.get()

    def leave():
        remove_from_branch(member, branch, by=super_admin, reason="Left London")

    both = [give(connection, mia, super_admin), leave]
    raised = together(*(both if round_ % 2 else reversed(both)))

    assert all(isinstance(problem, Refused) for problem in raised), raised
    with tenancy.as_system():
        assert not BranchMembership.objects.filter(member=member).exists()
        assert not TeamAssignment.objects.exists()


@pytest.mark.parametrize("round_", ROUNDS)
def test_removing_twice_and_assigning_at_once_never_fails(super_admin, connection, mia, round_):
    factories.TeamAssignmentFactory(content_object=connection, user=mia)

    def remove():
        remove_assignment(connection, mia, by=super_admin, reason="")

    raised = together(remove, remove, give(connection, mia, super_admin))

    assert raised == []
    with tenancy.as_system():
        assert TeamAssignment.objects.count() <= 1


@pytest.mark.parametrize("round_", ROUNDS)
def test_two_stars_at_once_are_one(super_admin, connection, mia, xavi, round_):
    for user in (mia, xavi):
        factories.TeamAssignmentFactory(content_object=connection, user=user)

    raised = together(
        *[lambda user=user: set_primary(connection, user, by=super_admin) for user in (mia, xavi)]
    )

    assert raised == []
    with tenancy.as_system():
        assert TeamAssignment.objects.filter(is_primary=True).count() == 1


@pytest.mark.parametrize("round_", ROUNDS)
def test_overlapping_sets_in_any_order_do_not_block_each_other(
    super_admin, branch, mia, xavi, round_
):
    rows = [factories.ConnectionFactory(branch=branch) for _ in range(6)]
    forwards = [row.pk for row in rows]

    def sets(ids, user):
        return lambda: assign_people(ids, {user.pk: ClientRole.LIMITED}, by=super_admin, reason="")

    raised = together(sets(forwards, mia), sets(forwards[::-1], xavi), sets(forwards[2:], mia))

    assert raised == []
    with tenancy.as_system():
        assert TeamAssignment.objects.count() == 12
