"""/healthz: what works and what does not, to anybody, without secrets (F-231)."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from practice import clock
from practice.actions import health
from practice.models import Schedule

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ticked() -> None:
    health._is_migrated.cache_clear()
    Schedule.objects.create(name="practice.wake_jobs", last_started_at=clock.now())


def test_it_is_well(client):
    response = client.get("/healthz")

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response.json() == {
        "status": "ok",
        "parts": {"database": "ok", "migrations": "ok", "periodic jobs": "ok", "queue": "ok"},
    }


def test_pages_work_while_the_clock_stands_still(client):
    Schedule.objects.update(last_started_at=clock.now() - timedelta(minutes=10))

    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json()["parts"]["periodic jobs"] == "late"


def test_pages_work_without_the_queue(client, monkeypatch):
    def away():
        raise ConnectionRefusedError("redis://:a-password@host")

    monkeypatch.setattr(health, "queue_answers", away)

    response = client.get("/healthz")

    assert response.status_code == 200
    assert response.json()["parts"]["queue"] == "failing"
    assert "a-password" not in response.text


def test_without_the_database_it_says_so(client, monkeypatch):
    def away():
        raise OperationalError("connection to host 10.0.0.5 failed")

    monkeypatch.setattr(health, "database_answers", away)

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["status"] == "failing"
    assert response.json()["parts"]["database"] == "failing"
    assert "10.0.0.5" not in response.text


def test_a_migration_that_waits_is_found(client, monkeypatch):
    health._is_migrated.cache_clear()  # another test of this process may have asked before
    applied = MigrationRecorder(connection).applied_migrations()
    newest = max(key for key in applied if key[0] == "practice")
    missing = {key: value for key, value in applied.items() if key != newest}
    monkeypatch.setattr(MigrationRecorder, "applied_migrations", lambda _: missing)

    response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json()["parts"]["migrations"] == "failing"


def test_it_asks_little(client, django_assert_max_num_queries):
    client.get("/healthz")

    with django_assert_max_num_queries(2):
        client.get("/healthz")


def test_any_host_may_ask(client):
    assert client.get("/healthz", headers={"host": "10.1.2.3:8000"}).status_code == 200
