"""The register of work: once, in stretches, in its realm; nothing lost when a worker is killed."""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone
from django.utils.module_loading import autodiscover_modules

from practice import tasks, tenancy
from practice.actions import jobs
from practice.actions.jobs import (
    MOST_ATTEMPTS,
    LeaseLost,
    Progress,
    claim_job,
    enqueue,
    handles,
    ring_for_due_jobs,
    run_job,
    sweep_finished_jobs,
    work,
)
from practice.errors import Refused
from practice.models import Branch, Firm, Job, JobState, Message
from tests.factories import BranchFactory, FirmFactory, JobFactory, MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def handler(monkeypatch):
    """Registers handlers for one test."""
    autodiscover_modules("periodic")  # or what they register would be forgotten with the copy
    monkeypatch.setattr(jobs, "_handlers", dict(jobs._handlers))
    return handles


def facts(job: Job) -> tuple[str, int, int, int]:
    job.refresh_from_db()
    return job.state, job.attempts, job.done, job.total


def let_lease_run_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(due_at=timezone.now())


def test_work_is_entered_once_per_kind_and_key(firm, super_admin):
    first = enqueue("reports", "2026-11", firm=firm, by=super_admin)

    second = enqueue("reports", "2026-11", firm=firm)

    assert second == first
    assert (first.firm, first.asked_by, first.state) == (firm, super_admin, JobState.WAITING)


def test_work_is_entered_where_it_cannot_be_read(as_nobody):
    with as_nobody():
        job = enqueue("reports", "all")

    assert Job.objects.get() == job


def test_a_job_runs_once(firm, handler):
    seen = []
    handler("count")(lambda job: seen.append(job.key))
    job = enqueue("count", "a", firm=firm)

    run_job(job.pk)
    run_job(job.pk)

    assert seen == ["a"]
    assert facts(job) == (JobState.DONE, 1, 0, 0)
    assert job.finished_at


def test_a_job_that_is_not_due_waits(firm, handler):
    handler("count")(lambda job: pytest.fail("too early"))
    job = enqueue("count", "a", firm=firm, due_at=timezone.now() + timedelta(hours=1))

    run_job(job.pk)

    assert facts(job)[0] == JobState.WAITING


def test_a_job_sees_its_firm_and_nothing_else(firm, branch, super_admin, handler):
    BranchFactory(name="Elsewhere")
    seen = []

    def look(job):
        seen.append((tenancy.current(), list(Branch.objects.values_list("name", flat=True))))

    handler("look")(look)
    run_job(enqueue("look", "a", firm=firm, by=super_admin).pk)

    context = tenancy.Context(tenancy.Realm.STAFF, firm.pk, super_admin.pk)
    assert seen == [(context, ["London"])]


def test_a_job_without_firm_sees_all(firm, handler):
    FirmFactory()
    seen = []
    handler("look")(lambda job: seen.append(Firm.objects.count()))

    run_job(enqueue("look", "a").pk)

    assert seen == [2]


def test_progress_is_saved_with_each_stretch(firm, handler):
    seen = []

    def import_rows(job):
        for number in (1, 2, 3):
            seen.append(Job.objects.get(pk=job.pk).done)
            yield Progress(number, 3)

    handler("import")(import_rows)
    job = enqueue("import", "a", firm=firm)
    run_job(job.pk)

    assert seen == [0, 1, 2]
    assert facts(job) == (JobState.DONE, 1, 3, 3)


def test_a_refusal_fails_at_once_with_its_sentence(firm, handler):
    def refuse(job):
        raise Refused("The file has no rows.")

    handler("import")(refuse)
    job = enqueue("import", "a", firm=firm)
    run_job(job.pk)

    assert facts(job)[0] == JobState.FAILED
    assert job.error == "The file has no rows."


def test_a_mistake_is_tried_again(firm, handler, caplog):
    def stumble(job):
        MessageFactory(firm=firm, key="first")
        yield Progress(1, 2)
        MessageFactory(firm=firm, key="second")
        raise ZeroDivisionError

    handler("import")(stumble)
    job = enqueue("import", "a", firm=firm)
    run_job(job.pk)

    assert facts(job) == (JobState.WAITING, 1, 1, 2)
    assert job.due_at > timezone.now()
    assert job.error.startswith("Something went wrong here (ZeroDivisionError).")


def test_it_gives_up_in_the_end(firm, handler, caplog):
    def stumble(job):
        raise ZeroDivisionError

    handler("import")(stumble)
    job = enqueue("import", "a", firm=firm)
    for _ in range(MOST_ATTEMPTS + 2):
        let_lease_run_out(job)
        run_job(job.pk)

    assert facts(job)[:2] == (JobState.FAILED, MOST_ATTEMPTS)


def test_a_killed_worker_loses_the_lease_and_another_takes_over(firm, handler):
    handler("import")(lambda job: None)
    job = enqueue("import", "a", firm=firm)
    claim_job(job.pk)

    run_job(job.pk)
    before = facts(job)
    let_lease_run_out(job)
    run_job(job.pk)

    assert before == (JobState.RUNNING, 1, 0, 0)
    assert facts(job) == (JobState.DONE, 2, 0, 0)


def test_what_kills_every_worker_is_given_up(firm, handler):
    job = enqueue("import", "a", firm=firm)
    for _ in range(MOST_ATTEMPTS + 1):
        let_lease_run_out(job)
        claim_job(job.pk)

    assert facts(job)[:2] == (JobState.FAILED, MOST_ATTEMPTS)
    assert job.error == "The work was interrupted 5 times. Nothing that it had finished was lost."


def test_a_worker_that_was_taken_over_writes_nothing_more(firm, handler):
    def import_rows(job):
        MessageFactory(firm=firm)
        yield Progress(1, 1)

    handler("import")(import_rows)
    job = enqueue("import", "a", firm=firm)
    slow = claim_job(job.pk)
    let_lease_run_out(job)
    claim_job(job.pk)

    with pytest.raises(LeaseLost):
        work(slow)

    assert not Message.objects.exists()
    assert facts(job) == (JobState.RUNNING, 2, 0, 0)


def test_an_unknown_kind_says_so(firm):
    job = enqueue("no.such.kind", "a", firm=firm)

    run_job(job.pk)

    assert facts(job)[0] == JobState.FAILED
    assert job.error == "This version of Countinghouse does not know how to do “no.such.kind”."


def test_a_job_that_is_gone_is_no_error():
    run_job(4_000_000)

    assert not Job.objects.exists()


def test_the_sweeper_rings_for_waiting_and_interrupted_work(firm, monkeypatch):
    rung = []
    monkeypatch.setattr(tasks.run_job_task, "apply_async", lambda ids, **_: rung.append(ids[0]))
    waiting = JobFactory(firm=firm)
    interrupted = JobFactory(firm=firm, state=JobState.RUNNING)
    JobFactory(firm=firm, due_at=timezone.now() + timedelta(minutes=1))
    JobFactory(firm=firm, state=JobState.DONE)

    assert ring_for_due_jobs() == 2
    assert rung == [waiting.pk, interrupted.pk]


def test_the_sweeper_waits_while_rings_are_unheard(firm, monkeypatch):
    monkeypatch.setattr(tasks, "are_bells_waiting", lambda queue: True)
    JobFactory(firm=firm)

    assert ring_for_due_jobs() == 0


def test_old_finished_jobs_are_forgotten_and_failures_kept(firm):
    old = timezone.now() - timedelta(days=31)
    JobFactory(firm=firm, state=JobState.DONE, finished_at=old)
    kept = [
        JobFactory(firm=firm, state=JobState.FAILED, finished_at=old),
        JobFactory(firm=firm, state=JobState.DONE, finished_at=timezone.now()),
    ]

    assert sweep_finished_jobs(timedelta(days=30)) == 1
    assert set(Job.objects.all()) == set(kept)


@pytest.mark.django_db(transaction=True)
def test_a_committed_job_runs_at_once(handler):
    seen = []
    handler("count")(lambda job: seen.append(job.key))

    enqueue("count", "a", firm=FirmFactory())

    assert seen == ["a"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_run_a_job_once(handler, monkeypatch):
    monkeypatch.setattr(tasks.run_job_task, "apply_async", lambda ids, **_: None)
    together, seen = threading.Barrier(2, timeout=5), []
    handler("count")(lambda job: seen.append(job.key))
    job = enqueue("count", "a", firm=FirmFactory())

    def run():
        together.wait()
        run_job(job.pk)
        database.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert seen == ["a"]


@pytest.mark.django_db(transaction=True)
def test_finished_stretches_survive_a_later_mistake(handler, monkeypatch, caplog):
    monkeypatch.setattr(tasks.run_job_task, "apply_async", lambda ids, **_: None)
    firm = FirmFactory()

    def stumble(job):
        MessageFactory(firm=firm, key=f"first {job.attempts}")
        yield Progress(1, 2)
        MessageFactory(firm=firm, key="second")
        raise ZeroDivisionError

    handler("import")(stumble)
    run_job(enqueue("import", "a", firm=firm).pk)

    with tenancy.as_system():
        assert list(Message.objects.values_list("key", flat=True)) == ["first 1"]
