"""GET /api/v1/clients: the firm's own clients, for a key that may read them (F-226)."""

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from practice import api
from practice.actions import api_keys
from practice.api import describing
from tests import factories
from tests.clients.sending import CLIENTS, SECRET, bearer

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(firm):
    return factories.ApiKeyFactory(firm=firm, secret=SECRET, scopes=["clients:read"])


def ask(query: str = "", **headers: str):
    return Client().get(f"{CLIENTS}{query}", headers={**bearer(), **headers})


def test_a_key_lists_the_clients_of_its_firm(key, connection, outsider):
    response = ask()

    assert response.status_code == 200
    assert response.json() == {
        "clients": [
            {
                "id": connection.pk,
                "client_id": "1010",
                "name": "Acme Bakery",
                "status": "active",
                "billing_model": "bill_us",
                "branch": "London",
                "connected_on": connection.connected_on.isoformat(),
                "last_activity_at": None,
            }
        ],
        "next": None,
    }
    assert response["Cache-Control"] == "no-store"


def test_pages_follow_each_other(key, branch, monkeypatch):
    monkeypatch.setattr("clients.api.PAGE", 2)
    rows = [factories.ConnectionFactory(branch=branch).pk for _ in range(5)]
    found, after = [], 0

    while after is not None:
        page = ask(f"?after={after}").json()
        found += [row["id"] for row in page["clients"]]
        after = page["next"]

    assert found == rows


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "9" * 19, "9" * 400, "١"])
def test_an_after_that_is_no_id_is_refused(key, after):
    response = ask(f"?after={after}")

    assert response.status_code == 422
    assert response.json()["error"].startswith("after is the id")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_key_that_reads_does_not_write(key, connection, method):
    response = getattr(Client(), method)(CLIENTS, headers=bearer())

    assert response.status_code == 403
    assert "error" in response.json()


@pytest.mark.parametrize("method", ["options", "trace"])
def test_other_methods_are_not_allowed(key, method):
    response = getattr(Client(), method)(CLIENTS, headers=bearer())

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_a_key_that_writes_does_not_read(firm, connection):
    factories.ApiKeyFactory(firm=firm, secret=SECRET, scopes=["activity:write"])

    response = ask()

    assert response.status_code == 403
    assert response.json() == {"error": "This key lacks the scope “clients:read”."}


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Basic abc", f"Bearer {SECRET}x", "Bearer \xff", SECRET],
)
def test_without_a_good_key_nothing_is_told(key, connection, super_admin, header):
    browser = Client()
    browser.force_login(super_admin)  # a session is no key

    response = browser.get(CLIENTS, headers={"Authorization": header} if header else {})

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert "Acme" not in response.content.decode()


def test_a_revoked_key_opens_nothing(firm, connection):
    factories.ApiKeyFactory(firm=firm, secret=SECRET, revoked=True)

    assert ask().status_code == 401


def test_a_key_asks_so_often_in_a_minute(key, settings, monkeypatch):
    monkeypatch.setattr(api_keys.time, "time", lambda: 1_000_000.0)
    settings.API_REQUESTS_PER_MINUTE = 2
    statuses = [ask().status_code for _ in range(3)]

    monkeypatch.setattr(api_keys.time, "time", lambda: 1_000_060.0)

    assert statuses == [200, 200, 429]
    assert ask().status_code == 200


def test_an_address_guesses_so_often_in_a_minute(key, monkeypatch):
    monkeypatch.setattr(api_keys.time, "time", lambda: 1_000_000.0)
    monkeypatch.setattr(api_keys, "WRONG_KEYS", 2)

    statuses = [ask(Authorization="Bearer chk_wrong").status_code for _ in range(3)]

    assert statuses == [401, 401, 429]
    assert ask().status_code == 200


def test_one_request_takes_as_many_queries_for_three(key, branch):
    factories.ConnectionFactory(branch=branch)
    ask()
    with CaptureQueriesContext(database) as one:
        ask()
    factories.ConnectionFactory.create_batch(2, branch=branch)
    with CaptureQueriesContext(database) as three:
        ask()

    assert len(three) == len(one)


def test_a_busy_database_asks_to_send_again(key, monkeypatch):
    def busy(*_: object) -> None:
        raise api.OperationalError("deadlock detected")

    monkeypatch.setattr("clients.api.described", busy)
    factories.ConnectionFactory(branch__firm=key.firm)

    response = ask()

    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert response.json() == {"error": describing.AGAIN}
