"""A client's timeline: what happened, by kind and by day (F-093)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.actions.correspondence import write_to_contacts
from clients.actions.notes import add_note, delete_note, edit_note
from clients.actions.tagging import add_tags
from clients.actions.transfers import transfer_connection
from clients.models import ActivityEvent, EventKind
from clients.models.usage import last_months
from clients.templatetags.client_timeline import ICONS
from practice import clock
from tests import factories


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/activity/"


@pytest.fixture
def past(connection):
    """One line in each of three months."""
    for month, kind in ((3, EventKind.TAGS), (4, EventKind.NOTE), (5, EventKind.STATUS)):
        at = datetime(2026, month, 10, 12, tzinfo=UTC)
        factories.ActivityEventFactory(connection=connection, kind=kind, text=f"In {month}", at=at)


def shown(response) -> list[str]:
    return [event.text for event in response.context["page"].rows]


def kinds(connection) -> list[str]:
    events = ActivityEvent.objects.filter(connection=connection).order_by("pk")
    return list(events.values_list("kind", flat=True))


def test_every_kind_has_a_drawing_of_its_own():
    assert set(ICONS) == set(EventKind)
    assert len(set(ICONS.values())) == len(ICONS)


def test_the_newest_comes_first(client, branch_owner, past, url):
    client.force_login(branch_owner)

    response = client.get(url)

    assert shown(response) == ["In 5", "In 4", "In 3"]
    assert response.content.decode().count('class="icon') >= 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"kind": "note"}, ["In 4"]),
        ({"since": "2026-04-10"}, ["In 5", "In 4"]),
        ({"until": "2026-04-10"}, ["In 4", "In 3"]),
        ({"since": "2026-04-11", "until": "2026-05-09"}, []),
        ({"kind": "status", "since": "2026-01-01", "until": "9999-12-31"}, ["In 5"]),
    ],
)
def test_it_is_narrowed_by_kind_and_day(client, branch_owner, past, url, query, found):
    client.force_login(branch_owner)

    assert shown(client.get(url, query)) == found


def test_a_filter_that_makes_no_sense_is_said_at_the_field(client, branch_owner, past, url):
    client.force_login(branch_owner)

    response = client.get(url, {"since": "2026-05-01", "until": "2026-04-01", "kind": "nonsense"})

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"kind", "until"}
    assert shown(response) == []


def test_the_filter_of_the_list_stays_beside_it(client, branch_owner, past, url):
    client.force_login(branch_owner)

    html = client.get(f"{url}?q=acme&status=active&status=paused&kind=note").content.decode()

    for name, value in (("q", "acme"), ("status", "active"), ("status", "paused")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in html


def test_notes_tags_transfers_and_messages_are_kinds_of_their_own(super_admin, connection):
    contact = factories.ContactFactory(firm=connection.firm, email="cara@acme.test")
    factories.ContactAccessFactory(connection=connection, contact=contact)
    dublin = factories.BranchFactory(firm=connection.firm, name="Dublin")

    note = add_note(connection, by=super_admin, text="Likes tea.")
    note = edit_note(note, by=super_admin, seen=note.stamp, text="Likes coffee.", kind=note.kind)
    delete_note(note, by=super_admin)
    add_tags([connection.pk], ["VIP"], by=super_admin, reason="")
    write_to_contacts(connection, [contact], by=super_admin, subject="Hello", body="Hello.")
    transfer_connection(connection, dublin, by=super_admin, reason="Moved")

    assert kinds(connection) == ["note", "note", "note", "tags", "message", "transfer"]
    told = ActivityEvent.objects.filter(connection=connection, kind="note").order_by("pk")
    assert [event.text for event in told] == [
        f"{super_admin} added a note",
        f"{super_admin} edited a note",
        f"{super_admin} deleted a note",
    ]


def test_as_many_queries_for_three_as_for_one(client, super_admin, connection, url):
    client.force_login(super_admin)
    counts = []
    for _ in range(2):
        at = clock.now() - timedelta(hours=1)
        factories.ActivityEventFactory(connection=connection, at=at, actor=super_admin)
        client.get(url)
        with CaptureQueriesContext(database) as queries:
            client.get(url)
        counts.append(len(queries))
        factories.ActivityEventFactory(connection=connection, at=at, actor=super_admin)

    assert counts[0] == counts[1]


def test_without_a_report_it_says_so(client, branch_owner, url):
    client.force_login(branch_owner)

    assert "No usage reported yet" in client.get(url).content.decode()


def test_months_and_metrics_of_the_clients_own_account(
    client, branch_owner, connection, url, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 28, 12, tzinfo=UTC))
    factories.UsageSnapshotFactory(
        connection=connection,
        transactions=1234,
        last_login_at=datetime(2026, 11, 27, 8, 30, tzinfo=UTC),
        bank_accounts=3,
        bank_accounts_expired=1,
        reports_generated=4,
    )
    for day, numbers in {
        date(2025, 11, 30): {"transactions": 999},
        date(2025, 12, 1): {"transactions": 5, "logins": 2},
        date(2026, 11, 1): {"transactions": 20, "invoices": 3},
        date(2026, 11, 28): {"transactions": 22, "invoices": 4},
    }.items():
        factories.UsageDayFactory(connection=connection, day=day, **numbers)
    factories.UsageDayFactory(day=date(2026, 11, 1), transactions=7777)
    client.force_login(branch_owner)

    response = client.get(url)

    page = " ".join(response.content.decode().split())
    assert response.context["months"] == {
        "transactions": [5, *[0] * 10, 42],
        "logins": [2, *[0] * 11],
        "invoices": [*[0] * 11, 7],
    }
    for words in ("1,234 in 30 days", "7 this month", "1 expired", "4 in 30 days", "70 of 100"):
        assert words in page
    for title in ("Transactions by month", "Logins by month", "Invoices by month"):
        assert title in page


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [
        (date(2026, 12, 31), date(2026, 1, 1), date(2026, 12, 1)),
        (date(2026, 1, 1), date(2025, 2, 1), date(2026, 1, 1)),
        (date(2028, 2, 29), date(2027, 3, 1), date(2028, 2, 1)),
    ],
)
def test_twelve_months_end_with_todays(today, first, last):
    months = last_months(today)

    assert (len(set(months)), months[0], months[-1]) == (12, first, last)
