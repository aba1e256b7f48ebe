"""Assignments that reached their end (F-240): closed at that instant, told once."""

from datetime import timedelta

import pytest

from clients import permissions as p
from clients.actions import expiry
from clients.actions.expiry import sweep_expired
from clients.models import ActivityEvent, TeamAssignment
from clients.models.assignments import end_words
from clients.periodic import end_agreed_assignments
from practice import clock
from practice.actions.schedules import periodic_jobs
from practice.auth import explain
from tests import factories


@pytest.fixture
def ended(connection, unassigned_member) -> TeamAssignment:
    return factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, ended=True, is_primary=True
    )


def test_the_right_ends_at_the_instant_before_any_job(connection, unassigned_member):
    end = clock.now() + timedelta(minutes=1)
    tie = factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, ends_at=end
    )

    before = explain(unassigned_member, p.VIEW_CLIENT, connection).allowed
    with factories.arranging():
        TeamAssignment.objects.filter(pk=tie.pk).update(ends_at=clock.now())

    assert (before, explain(unassigned_member, p.VIEW_CLIENT, connection).allowed) == (True, False)


def test_the_sweep_takes_it_off_and_tells_it_once(ended, connection):
    said = end_words(ended.ends_at)

    first, second = sweep_expired(), sweep_expired()

    assert (first, second) == (1, 0)
    assert not TeamAssignment.objects.exists()
    line = ActivityEvent.objects.get()
    said = f"Una London Member’s assignment ended with {said}, as agreed"
    assert (line.connection, line.actor, line.text) == (connection, None, said)
    gone = TeamAssignment.history.latest()
    assert (gone.history_type, gone.history_user) == ("-", None)
    assert gone.history_change_reason == "The agreed end was reached."


def test_what_still_runs_stays(connection, unassigned_member, branch_owner):
    factories.TeamAssignmentFactory(content_object=connection, user=branch_owner)
    factories.TeamAssignmentFactory(
        content_object=connection,
        user=unassigned_member,
        ends_at=clock.now() + timedelta(minutes=1),
    )

    assert sweep_expired() == 0
    assert TeamAssignment.objects.count() == 2


def test_batches_join_and_firms_do_not_matter(db, monkeypatch):
    monkeypatch.setattr(expiry, "BATCH", 2)
    for _ in range(5):
        factories.TeamAssignmentFactory(ended=True)

    assert sweep_expired() == 5
    assert ActivityEvent.objects.count() == 5


def test_a_batch_takes_the_statements_of_one(db, django_assert_num_queries):
    for count in (1, 20):
        for _ in range(count):
            factories.TeamAssignmentFactory(ended=True)
        with django_assert_num_queries(14):
            sweep_expired()


def test_the_clock_starts_it():
    assert periodic_jobs()["clients.end_agreed_assignments"].run is end_agreed_assignments
