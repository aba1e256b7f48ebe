"""POST /api/v1/activity: each event once, and a reason for each that is refused (F-229)."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clients.actions.usage import checking
from clients.models import Connection, UsageDay, UsageEvent, UsageSnapshot
from clients.roles import USAGE_COUNTS, UsageKind
from practice import api, clock
from tests import factories
from tests.clients.sending import ACTIVITY, SECRET, bearer, event, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def key(firm):
    return factories.ApiKeyFactory(firm=firm, secret=SECRET, scopes=["activity:write"])


def refusals(response) -> list[str]:
    assert response.status_code == 200
    assert not UsageEvent.objects.exists()
    assert (response.json()["new"], response.json()["known"]) == (0, 0)
    return [one["error"] for one in response.json()["refused"]]


def test_a_batch_is_taken(connection):
    response = send([event(1), event(2, kind="invoice", count=3)])

    assert response.status_code == 200
    assert response.json() == {"new": 2, "known": 0, "refused": []}
    rows = UsageEvent.objects.order_by("event_id")
    told = list(rows.values_list("connection", "event_id", "kind", "count", "name"))
    assert told == [
        (connection.pk, "e-1", "login", 1, ""),
        (connection.pk, "e-2", "invoice", 3, ""),
    ]


def test_the_same_batch_again_changes_nothing(connection):
    batch = [event(1, kind="transaction", count=5), event(2)]
    send(batch)
    before = [list(model.objects.values()) for model in (UsageDay, UsageSnapshot)]

    response = send(batch)

    assert response.json() == {"new": 0, "known": 2, "refused": []}
    assert [list(model.objects.values()) for model in (UsageDay, UsageSnapshot)] == before


def test_an_id_twice_in_a_batch_is_one_event(connection):
    response = send([event(1, kind="transaction", count=5), event(1), event(2)])

    assert response.json() == {"new": 2, "known": 1, "refused": []}
    assert UsageEvent.objects.get(event_id="e-1").count == 5


def test_two_firms_may_use_the_same_id(connection):
    other = factories.ConnectionFactory(client_number="1010")
    factories.ApiKeyFactory(firm=other.firm, secret="chk_other")

    answers = [send([event(1)]).json(), send([event(1)], "chk_other").json()]

    assert [answer["new"] for answer in answers] == [1, 1]
    assert set(UsageEvent.objects.values_list("connection", flat=True)) == {
        connection.pk,
        other.pk,
    }


@pytest.mark.parametrize("kind", UsageKind)
def test_every_kind_is_taken(connection, kind):
    name = None if kind in USAGE_COUNTS else "Northbank"

    assert send([event(1, kind=kind.value, name=name)]).json()["new"] == 1


def test_a_client_is_named_by_its_id_or_by_its_client_id(connection, branch):
    factories.ConnectionFactory(branch=branch, client_number="ÄB-7")

    response = send(
        [event(1), event(2, client_id=None, client=connection.pk), event(3, client_id=" äb-7 ")]
    )

    assert response.json()["new"] == 3


def test_good_events_are_taken_beside_refused_ones(connection):
    response = send([event(1), event(2, kind="party"), event(3, client_id="404"), event(4)])

    assert response.json()["new"] == 2
    assert [(one["index"], one["id"]) for one in response.json()["refused"]] == [
        (1, "e-2"),
        (2, "e-3"),
    ]


@pytest.mark.parametrize("named", ["client", "client_id"])
def test_a_foreign_client_is_as_unknown_as_none(connection, named):
    theirs = factories.ConnectionFactory(client_number="77")
    foreign = {"client": theirs.pk, "client_id": None} if named == "client" else {"client_id": "77"}
    nobody = {"client": 2**40, "client_id": None} if named == "client" else {"client_id": "78"}

    errors = refusals(send([event(1, **foreign), event(2, **nobody)]))

    assert errors == ["Your firm has no such client."] * 2


@pytest.mark.parametrize(
    ("trait", "is_taken"),
    [
        ("paused", True),
        ("restricted", True),
        ("disconnected", False),
        ("pending", False),
        ("reconnecting", False),
    ],
)
def test_nothing_is_added_to_a_client_that_is_not_connected(branch, trait, is_taken):
    factories.ConnectionFactory(branch=branch, client_number="1010", **{trait: True})

    answer = send([event(1)]).json()

    assert answer["new"] == int(is_taken)
    assert len(answer["refused"]) == int(not is_taken)


@pytest.mark.parametrize(
    ("away", "error"),
    [
        (timedelta(minutes=10), ""),
        (timedelta(minutes=10, seconds=1), checking.FUTURE),
        (timedelta(days=365), checking.FUTURE),
        (-timedelta(days=731), ""),
        (-timedelta(days=731, seconds=1), checking.PAST),
        (-timedelta(days=20_000), checking.PAST),
    ],
)
def test_an_event_lies_within_two_years_and_ten_minutes(connection, monkeypatch, away, error):
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: now)

    answer = send([event(1, at=(now + away).isoformat())]).json()

    assert [one["error"] for one in answer["refused"]] == ([error] if error else [])


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-28T09:30:00",
        "2026-11-28",
        "yesterday",
        "",
        "\ud800",
        1790000000,
        True,
        [],
        {},
        "2026-02-30T00:00:00Z",
        "x" * 5000,
    ],
)
def test_a_time_without_its_zone_is_refused(connection, at):
    assert refusals(send([event(1, at=at)])) == [checking.BAD_TIME]


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_the_ends_of_time_are_refused(connection, at):
    assert refusals(send([event(1, at=at)])) in ([checking.FUTURE], [checking.PAST])


@pytest.mark.parametrize("zone", ["Z", "+00:00", "+01:00", "-11:30"])
def test_any_zone_is_understood(connection, zone):
    at = (clock.now() - timedelta(days=3)).replace(tzinfo=None, microsecond=0).isoformat()

    assert send([event(1, at=f"{at}{zone}")]).json()["new"] == 1


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"id": None}, checking.BAD_ID),
        ({"id": ""}, checking.BAD_ID),
        ({"id": " a"}, checking.BAD_ID),
        ({"id": "a\0b"}, checking.BAD_ID),
        ({"id": "ä"}, checking.BAD_ID),
        ({"id": "\ud800"}, checking.BAD_ID),
        ({"id": "x" * 81}, checking.BAD_ID),
        ({"id": 5}, checking.BAD_ID),
        ({"id": ["a"]}, checking.BAD_ID),
        ({"kind": None}, checking.BAD_KIND),
        ({"kind": "party"}, checking.BAD_KIND),
        ({"kind": ["login"]}, checking.BAD_KIND),
        ({"client_id": None}, checking.BAD_CLIENT),
        ({"client_id": ""}, checking.BAD_CLIENT),
        ({"client_id": 1010}, checking.BAD_CLIENT),
        ({"client_id": "9" * 41}, checking.BAD_CLIENT),
        ({"client": 1}, checking.BAD_CLIENT),
        ({"client_id": None, "client": True}, checking.BAD_CLIENT),
        ({"client_id": None, "client": "1"}, checking.BAD_CLIENT),
        ({"client_id": None, "client": 0}, checking.BAD_CLIENT),
        ({"client_id": None, "client": 2**63}, checking.BAD_CLIENT),
        ({"client_id": None, "client": 1.0}, checking.BAD_CLIENT),
        ({"count": 0}, checking.BAD_COUNT),
        ({"count": -1}, checking.BAD_COUNT),
        ({"count": 1_000_001}, checking.BAD_COUNT),
        ({"count": 1.5}, checking.BAD_COUNT),
        ({"count": True}, checking.BAD_COUNT),
        ({"count": "3"}, checking.BAD_COUNT),
        ({"name": "Mia"}, checking.NO_NAME),
        ({"kind": "bank_expired"}, checking.BAD_NAME),
        ({"kind": "bank_expired", "name": ""}, checking.BAD_NAME),
        ({"kind": "bank_expired", "name": "\0"}, checking.BAD_NAME),
        ({"kind": "bank_expired", "name": "n" * 61}, checking.BAD_NAME),
        ({"kind": "bank_expired", "name": 5}, checking.BAD_NAME),
        ({"kind": "bank_expired", "name": "A", "count": 2}, checking.NO_COUNT),
        ({"kind": "job_booked", "name": "n" * 61}, checking.BAD_NAME),
        ({"firm": 1}, "There is no field “firm”."),
    ],
)
def test_what_is_wrong_with_an_event_is_said(connection, facts, error):
    assert refusals(send([event(1, **facts)])) == [error]


def test_control_characters_leave_a_name(connection):
    send([event(1, kind="bank_expired", name="North\u202ebank\n 2")])

    assert UsageEvent.objects.get().name == "Northbank 2"


@pytest.mark.parametrize("strange", [None, 5, "login", [], [[]]])
def test_what_is_no_object_is_refused(connection, strange):
    assert refusals(send([strange])) == [checking.NO_OBJECT]


@pytest.mark.parametrize("events", [None, {}, [], "all", 5, [1] * 1001])
def test_a_batch_is_a_list_of_one_to_a_thousand(connection, events):
    assert send(events).status_code == 422


def test_a_thousand_are_taken(connection):
    assert send([event(number) for number in range(1000)]).json()["new"] == 1000


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 200_000, 400),
        (b'{"events": ' + b"9" * 5000 + b"}", 400),
        (b"[]", 422),
        (b"null", 422),
        (b"NaN", 422),
        (b" " * (api.LARGEST + 1), 413),
    ],
)
def test_a_body_that_is_no_batch_is_refused(connection, body, status):
    says = {"CONTENT_TYPE": "application/json"}  # of an empty body too
    response = Client().generic("POST", ACTIVITY, body, headers=bearer(), **says)

    assert response.status_code == status
    assert json.loads(response.content)["error"]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("Application/JSON; charset=utf-8", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
    ],
)
def test_a_body_says_that_it_is_json(connection, kind, status):
    body = json.dumps({"events": [event(1)]})

    response = Client().generic("POST", ACTIVITY, body, content_type=kind, headers=bearer())

    assert response.status_code == status


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head", "options"])
def test_it_answers_post_alone(method):
    response = getattr(Client(), method)(ACTIVITY, headers=bearer())

    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_a_key_that_reads_does_not_send(connection, firm):
    factories.ApiKeyFactory(firm=firm, secret="chk_reads", scopes=["clients:read"])

    assert send([event(1)], "chk_reads").status_code == 403
    assert not UsageEvent.objects.exists()


def test_the_last_activity_is_carried_over_once_an_hour(connection):
    now = clock.now()

    def seen(number: int, ago: timedelta, **facts) -> timedelta:
        send([event(number, at=(now - ago).isoformat(), **facts)])
        return now - Connection.objects.get(pk=connection.pk).last_activity_at

    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    assert seen(1, 5 * hour) == 5 * hour
    assert seen(2, 4 * hour + minute) == 5 * hour
    assert seen(3, 4 * hour - minute) == 4 * hour - minute
    assert seen(4, 9 * hour) == 4 * hour - minute
    assert seen(5, minute, kind="bank_expired", name="Northbank") == 4 * hour - minute
    assert Connection.history.filter(id=connection.pk, history_type="~").count() == 0


def test_days_are_counted_in_utc(connection, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 2, tzinfo=UTC))
    batch = [
        event(1, kind="transaction", count=4, at="2026-03-01T00:30:00+01:00"),
        event(2, kind="transaction", count=2, at="2026-02-28T23:59:59Z"),
        event(3, kind="report", at="2026-03-01T00:00:00Z"),
    ]

    send(batch)

    days = UsageDay.objects.order_by("day").values_list("day", "transactions", "reports")
    assert list(days) == [(date(2026, 2, 28), 6, 0), (date(2026, 3, 1), 0, 1)]


def test_queries_do_not_grow_with_the_batch(connection, branch):
    factories.ConnectionFactory(branch=branch, client_number="2")
    send([event(0), event(100, client_id="2")])
    with CaptureQueriesContext(database) as one:
        send([event(1)])
    with CaptureQueriesContext(database) as many:
        send([event(number, client_id=("1010", "2")[number % 2]) for number in range(2, 60)])

    assert len(many) == len(one)
