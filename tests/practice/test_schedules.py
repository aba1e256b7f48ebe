"""Periodic jobs: due times without drift, one winner among ticks, failures that stay alone."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database

from practice import clock, tasks
from practice.actions import schedules
from practice.actions.schedules import Periodic, every, periodic_jobs, run_due_schedules
from practice.models import Schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def ran(monkeypatch):
    """Only the periodic jobs of one test are registered, and they write here."""
    periodic_jobs()
    monkeypatch.setattr(schedules, "_periodic", {})
    return []


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("period", "now", "due"),
    [
        ({"days": 1}, "2026-11-22 01:59", "2026-11-22 02:00"),
        ({"days": 1}, "2026-11-22 02:00", "2026-11-23 02:00"),
        ({"days": 7}, "2026-11-22 03:00", "2026-11-23 02:00"),
        ({"hours": 1}, "2026-03-29 01:30", "2026-03-29 02:00"),
        ({"minutes": 15}, "2026-11-22 01:14", "2026-11-22 01:15"),
    ],
)
def test_due_times_are_multiples_of_the_period(period, now, due):
    job = Periodic("a", timedelta(**period), timedelta(hours=2), lambda: None)

    assert job.next_after(at(now)) == at(due)


def test_a_new_job_runs_at_once_and_then_when_it_is_due(ran):
    every(days=1)(lambda: ran.append("a"))

    first, second = run_due_schedules(), run_due_schedules()

    row = Schedule.objects.get()
    assert (first, second, ran) == ([row.name], [], ["a"])
    assert row.name == "tests.<lambda>"
    assert clock.now() < row.due_at <= clock.now() + timedelta(days=1)
    assert row.last_result == "Done."


def test_a_job_that_fails_does_not_stop_the_rest(ran, caplog):
    @every(days=1)
    def broken():
        raise ZeroDivisionError

    @every(days=1)
    def sound():
        ran.append("sound")
        return 3

    run_due_schedules()

    results = dict(Schedule.objects.values_list("name", "last_result"))
    assert ran == ["sound"]
    assert results == {
        "tests.broken": "Failed: ZeroDivisionError. Operators find it in the log.",
        "tests.sound": "3 done.",
    }
    assert Schedule.objects.get(name="tests.broken").due_at < clock.now() + timedelta(minutes=6)


def test_a_killed_job_is_due_again_when_its_lease_ran_out(ran):
    every(days=1)(lambda: ran.append("a"))
    row = schedules.schedules()[0]
    job = schedules._periodic[row.name]

    assert schedules.claim(row, job)
    assert run_due_schedules() == []
    Schedule.objects.update(due_at=clock.now())
    assert run_due_schedules() == [row.name]


def test_a_clock_that_went_back_does_not_hold_jobs_up(ran):
    every(days=1)(lambda: ran.append("a"))
    schedules.schedules()
    Schedule.objects.update(due_at=clock.now() + timedelta(days=60))

    run_due_schedules()

    assert ran == ["a"]


def test_a_job_that_is_no_longer_in_the_code_is_left_alone(ran):
    Schedule.objects.create(name="practice.gone")

    assert run_due_schedules() == []


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_once_run_each_job_once(ran):
    together = threading.Barrier(2, timeout=5)
    every(days=1)(lambda: ran.append("a"))
    schedules.schedules()

    def tick():
        together.wait()
        tasks.tick()
        database.close()

    threads = [threading.Thread(target=tick) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert ran == ["a"]


def test_the_practice_has_its_periodic_jobs():
    names = {name for name in periodic_jobs() if name.startswith("practice.")}

    assert names == {
        "practice.forget_expired_sessions",
        "practice.forget_finished_jobs",
        "practice.forget_old_downloads",
        "practice.forget_webhook_deliveries",
        "practice.send_messages",
        "practice.wake_jobs",
        "practice.wake_webhooks",
    }


def test_all_of_them_run(caplog):
    ran = run_due_schedules()

    results = Schedule.objects.filter(name__in=ran).values_list("last_result", flat=True)
    assert not [result for result in results if result.startswith("Failed")]


def test_the_command_lists_them_and_runs_one_before_it_is_due(ran, capsys):
    @every(days=1)
    def count_clients():
        ran.append("a")
        return 12

    call_command("schedule")
    run_due_schedules()
    call_command("schedule", "tests.count_clients")

    assert ran == ["a", "a"]
    listed, after = capsys.readouterr().out.splitlines()
    assert "last never" in listed
    assert after.endswith("12 done.")


def test_the_command_knows_its_jobs(ran):
    with pytest.raises(CommandError, match=r"There is no periodic job “nonsense”\."):
        call_command("schedule", "nonsense")
