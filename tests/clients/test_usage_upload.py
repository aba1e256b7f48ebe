"""Usage events as a file: every row is checked, then what is good is added (F-229)."""

import json
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.actions.usage import files
from clients.models import ActivityEvent, UsageEvent, UsageSnapshot
from clients.roles import ClientRole
from practice import clock
from tests import factories
from tests.clients.importing import csv_file

URL = "/harbour/clients/usage/"
ADD = f"{URL}add/"
HEADINGS = ["Client ID", "Kind", "At", "Count", "Name", "Event ID"]
DAY = "2026-11-20"


@pytest.fixture
def owner(client, branch_owner, connection):
    client.force_login(branch_owner)
    return client


@pytest.fixture(autouse=True)
def late_november(monkeypatch):
    """The rows below are of the week before."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 28, 12, tzinfo=UTC))


def upload(client, rows: list[list[str]], headings: list[str] | None = None):
    return client.post(URL, {"file": as_file(csv_file(rows, headings or HEADINGS))})


def as_file(data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("activity.csv", data)


def add(client, response):
    """Press "Add events" on the page of the check."""
    events = response.context["form"]["events"].value()
    return client.post(ADD, {"events": events}, follow=True)


def test_a_file_is_checked_and_then_added(owner, branch_owner, connection):
    rows = [
        ["1010", "Login", f"{DAY} 09:30", "", "", "a-1"],
        ["1010", "invoice", DAY, "3", "", ""],
        ["1010", "Bank feed expired", f"{DAY}T10:00:00Z", "", "Northbank", ""],
    ]

    check = upload(owner, rows)

    answer = check.context["answer"]
    assert (check.status_code, answer.new, answer.known, answer.refused) == (200, 3, 0, [])
    assert not UsageEvent.objects.exists()

    response = add(owner, check)

    assert "3 events were added." in response.content.decode()
    kinds = UsageEvent.objects.order_by("at").values_list("kind", "count", "name")
    assert list(kinds) == [("invoice", 3, ""), ("login", 1, ""), ("bank_expired", 1, "Northbank")]
    assert UsageSnapshot.objects.get().bank_accounts_expired == 1
    line = ActivityEvent.objects.get(connection=connection)
    assert (line.text, line.actor) == ("Olga London Owner uploaded 3 usage events", branch_owner)


def test_the_same_file_again_adds_nothing(owner):
    rows = [["1010", "login", DAY, "", "", "a-1"], ["1010", "invoice", DAY, "2", "", ""]]
    add(owner, upload(owner, rows))

    check = upload(owner, rows)

    answer = check.context["answer"]
    assert (answer.new, answer.known) == (0, 2)
    assert "There is nothing to add." in check.content.decode()
    assert ActivityEvent.objects.count() == 1


def test_the_button_pressed_twice_adds_once(owner):
    check = upload(owner, [["1010", "login", DAY, "", "", ""]])

    add(owner, check)
    again = add(owner, check)

    assert "0 events were added. 1 were known already." in again.content.decode()
    assert UsageEvent.objects.count() == ActivityEvent.objects.count() == 1


def test_each_row_with_an_error_says_why(owner):
    theirs = factories.ConnectionFactory(client_number="77")
    rows = [
        ["1010", "login", DAY, "", "", ""],
        ["1010", "party", DAY, "", "", ""],
        [theirs.client_number, "login", DAY, "", "", ""],
        ["1010", "login", "yesterday", "", "", ""],
        ["1010", "invoice", DAY, "many", "", ""],
        ["1010", "bank_expired", DAY, "", "", ""],
        ["", "login", DAY, "", "", ""],
        ["1010", "login", "2027-01-01", "", "", ""],
    ]

    check = upload(owner, rows)

    wrong = [(row["number"], row["error"].split(":")[0]) for row in check.context["wrong"]]
    assert check.context["answer"].new == 1
    assert wrong == [
        (3, "kind"),
        (4, "Your firm has no such client."),
        (5, "at"),
        (6, "count"),
        (7, "name"),
        (8, "client_id"),
        (9, "at lies in the future."),
    ]


def test_times_are_the_firms(owner, firm):
    with factories.arranging():
        firm.time_zone = "America/New_York"
        firm.save()

    add(owner, upload(owner, [["1010", "login", f"{DAY} 20:00", "", "", ""]]))

    assert UsageEvent.objects.get().at.isoformat() == "2026-11-21T01:00:00+00:00"


def test_only_for_clients_that_one_may_change(client, connection, firm, branch, branch_owner):
    elsewhere = factories.ConnectionFactory(branch__firm=firm, client_number="2")
    factories.ConnectionFactory(branch=branch, client_number="3", paused=True)
    factories.ConnectionFactory(branch=branch, client_number="4", restricted=True)
    factories.ConnectionFactory(branch=branch, client_number="5", disconnected=True)
    client.force_login(branch_owner)
    rows = [[number, "login", DAY, "", "", ""] for number in ("1010", "2", "3", "4", "5")]

    check = upload(client, rows)
    add(client, check)

    assert [(row["client"], row["error"]) for row in check.context["wrong"]] == [
        (elsewhere.client_number, "Your firm has no such client."),
        ("3", "You may not change this client now."),
        ("4", "Your firm has no such client."),
        ("5", "This client is not connected: nothing is added to its records."),
    ]
    assert list(UsageEvent.objects.values_list("connection", flat=True)) == [connection.pk]


def test_what_was_checked_is_judged_again(owner, connection):
    check = upload(owner, [["1010", "login", DAY, "", "", ""]])
    with factories.arranging():
        type(connection).objects.update(status="paused", paused_at="2026-11-27T00:00Z")

    response = add(owner, check)

    assert "0 events were added. 1 were refused." in response.content.decode()
    assert not UsageEvent.objects.exists()


@pytest.mark.parametrize("role", [ClientRole.FULL, ClientRole.VIEW_ONLY])
def test_who_has_no_branch_to_change_uploads_nothing(client, connection, assigned_member, role):
    client.force_login(assigned_member)

    assert client.get(URL).status_code == 403
    assert client.post(ADD, {"events": "[]"}).status_code == 403


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty."),
        (b"%PDF-1.7", "PDF"),
        (b"Name,Age\nA,1\n", "There is no column “Client ID”"),
        (b"Client ID,Kind\n1010,login\n", "There is no column “At”"),
        (b"Client ID,Kind,At\n", "no events below"),
    ],
)
def test_a_file_that_holds_no_events_is_refused(owner, data, says):
    response = owner.post(URL, {"file": as_file(data)})

    assert response.status_code == 422
    assert says in response.content.decode()


def test_a_file_has_so_many_rows(owner, monkeypatch):
    monkeypatch.setattr(files, "MOST_ROWS", 2)

    response = upload(owner, [["1010", "login", DAY, "", "", ""]] * 3)

    assert response.status_code == 422
    assert "more than 5,000 rows" in response.content.decode()


@pytest.mark.parametrize(
    "events", ["", "{", "[]", "{}", "null", "[" * 100_000, json.dumps([1] * 5001)]
)
def test_a_page_that_was_tampered_with_is_refused(owner, events):
    response = owner.post(ADD, {"events": events})

    assert response.status_code == 422
    assert "Upload the file again." in response.content.decode()


@pytest.mark.parametrize("strange", [[None], [[]], [{"id": "\ud800"}], ["x"]])
def test_events_that_were_tampered_with_are_refused(owner, strange):
    response = owner.post(ADD, {"events": json.dumps(strange)}, follow=True)

    assert "0 events were added. 1 were refused." in response.content.decode()


def test_queries_do_not_grow_with_the_file(owner):
    def asked(many: int) -> int:
        rows = [["1010", "login", DAY, "", "", str(number)] for number in range(many)]
        with CaptureQueriesContext(database) as queries:
            upload(owner, rows)
        return len(queries)

    asked(1)
    assert asked(1) == asked(300)


def test_activity_leads_there(owner):
    body = owner.get("/harbour/activity/events/").content.decode()

    assert f'href="{URL}"' in body
