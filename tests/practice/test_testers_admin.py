"""Testers move the clock and run a job from Django admin; production refuses the clock."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from practice import clock
from practice.models import ClockOffset, Schedule

pytestmark = pytest.mark.django_db
ADD = reverse("admin:practice_clockoffset_add")


@pytest.fixture(autouse=True)
def _movable(settings, monkeypatch):
    settings.MOVABLE_CLOCK = True
    monkeypatch.setattr(clock, "FRESH_FOR", -1.0)
    monkeypatch.setattr(clock, "_read", (float("-inf"), timedelta(0)))


@pytest.fixture
def ops(persona_client):
    return persona_client("operator")


def days_ahead() -> int:
    return round((clock.now() - timezone.now()).total_seconds() / 86_400)


def test_the_clock_is_moved_in_words(ops):
    assert ops.post(ADD, {"move": "+60d"}).status_code == 302
    assert days_ahead() == 60

    change = reverse("admin:practice_clockoffset_change", args=[ClockOffset.objects.get().pk])
    ops.post(change, {"move": "+1w"})
    assert days_ahead() == 67

    ops.post(change, {"move": "reset"})
    assert days_ahead() == 0


def test_nonsense_is_told_at_the_field(ops):
    response = ops.post(ADD, {"move": "tomorrow"})

    assert "“tomorrow” is no move: say for example +60d" in response.content.decode()
    assert not ClockOffset.objects.exists()


def test_production_has_no_form(ops, settings):
    settings.MOVABLE_CLOCK = False

    assert ops.post(ADD, {"move": "+60d"}).status_code == 403
    assert not ClockOffset.objects.exists()


def test_a_job_is_run_now(ops):
    soon = clock.now() + timedelta(hours=5)
    row = Schedule.objects.create(name="clients.end_agreed_assignments", due_at=soon)
    other = Schedule.objects.create(name="clients.resume_agreed_pauses", due_at=soon)
    url = reverse("admin:practice_schedule_changelist")

    response = ops.post(url, {"action": "run_now", "_selected_action": [row.pk]}, follow=True)

    assert "1 job runs within seconds." in response.content.decode()
    row.refresh_from_db()
    other.refresh_from_db()
    assert row.due_at <= clock.now() < other.due_at


@pytest.mark.parametrize("persona", ["super_admin", "contact", "anonymous"])
def test_nobody_else_runs_a_job(persona, persona_client):
    soon = clock.now() + timedelta(hours=5)
    row = Schedule.objects.create(name="clients.resume_agreed_pauses", due_at=soon)
    url = reverse("admin:practice_schedule_changelist")

    persona_client(persona).post(url, {"action": "run_now", "_selected_action": [row.pk]})

    row.refresh_from_db()
    assert row.due_at == soon
