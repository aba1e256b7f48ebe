"""The table of usage events is cut by month (0015)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.db import transaction
from django.db.utils import ProgrammingError

from clients.models import UsageEvent
from clients.models.usage_months import make_usage_months
from practice import clock
from tests import factories

pytestmark = pytest.mark.django_db


def month_of(event: UsageEvent) -> str:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM clients_usageevent WHERE id = %s", [event.pk]
        )
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("at", "table"),
    [
        (datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC), "app.usageevent_2026_10"),
        (datetime(2026, 11, 1, tzinfo=UTC), "app.usageevent_2026_11"),
        (datetime(2001, 1, 1, tzinfo=UTC), "app.usageevent_other"),
    ],
)
def test_an_event_lies_in_its_month_in_utc(at, table):
    assert month_of(factories.UsageEventFactory(at=at)) == table


def test_a_year_ahead_is_there_and_more_is_made_as_time_passes(monkeypatch):
    assert make_usage_months() == 0
    later = clock.now() + timedelta(days=400)
    monkeypatch.setattr(clock, "now", lambda: later)

    made = make_usage_months()

    assert made > 10
    assert make_usage_months() == 0
    assert month_of(factories.UsageEventFactory(at=later)).endswith(f"{later:%Y_%m}")


def test_events_of_a_month_that_was_missed_stay_and_are_read(monkeypatch):
    later = clock.now() + timedelta(days=600)
    event = factories.UsageEventFactory(at=later)
    monkeypatch.setattr(clock, "now", lambda: later)

    make_usage_months()

    assert month_of(event) == "app.usageevent_other"
    assert UsageEvent.objects.get(at=later) == event


def test_the_months_themselves_are_out_of_the_applications_reach():
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        database.cursor().execute("SELECT count(*) FROM app.usageevent_other")


def test_ids_are_the_firms_own(as_firm):
    firm, other = factories.FirmFactory(), factories.FirmFactory()
    with as_firm(firm), database.cursor() as cursor:
        cursor.execute("INSERT INTO clients_usageeventid VALUES (%s, 'e-1')", [firm.pk])
        with pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
            cursor.execute("INSERT INTO clients_usageeventid VALUES (%s, 'e-1')", [other.pk])

    with as_firm(firm):
        assert UsageEvent.objects.count_known(firm, ["e-1", "e-2"]) == 1
    with as_firm(other):
        assert UsageEvent.objects.count_known(firm, ["e-1"]) == 0
