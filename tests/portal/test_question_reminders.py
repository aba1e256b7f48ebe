"""Reminders of questions (F-157, F-186…F-187a): whom, when, once."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from clients.models import ClientMessage
from clients.roles import AccessLevel, ConnectionStatus
from portal.actions.question_reminders import remind_of_questions
from portal.models.questions import last_slot
from practice.models import Message
from tests import factories

pytestmark = pytest.mark.django_db
MONDAY = datetime(2030, 1, 7, 8, 0, tzinfo=UTC)  # winter: London is UTC


@pytest.fixture
def cara(connection):
    return an_access(connection, "Cara", is_client_admin=True)


@pytest.fixture
def tom(connection):
    return an_access(connection, "Tom", has_tax=True)


def an_access(connection, name: str, **ticks):
    contact = factories.ContactFactory(
        firm=connection.firm, name=name, email=f"{name.lower()}@acme.test"
    )
    return factories.ContactAccessFactory(connection=connection, contact=contact, **ticks)


def asked(connection, **facts):
    """A question of the Sunday before, and settings that are older."""
    early = MONDAY - timedelta(days=1)
    facts = {"created_at": early, "moved_at": early, **facts}
    return factories.QuestionFactory(connection=connection, **facts)


def settled(connection, **facts):
    facts = {"time_zone": "Europe/London", "reminded_until": MONDAY - timedelta(days=2), **facts}
    return factories.QuestionSettingsFactory(connection=connection, **facts)


def run(at: datetime) -> list[str]:
    """Who has mail after the job ran then."""
    with time_machine.travel(at, tick=False):
        remind_of_questions()
    return sorted(Message.objects.values_list("recipient", flat=True))


def test_one_mail_lists_what_is_open_and_stands_in_the_email_history(connection, cara):
    settled(connection)
    asked(connection, text="Who is Bob?")
    asked(connection, text="Which van?")
    asked(connection, text="Old one", state="resolved")
    asked(connection, text="Answered one", state="answered")

    assert run(MONDAY - timedelta(minutes=1)) == []
    assert run(MONDAY) == ["cara@acme.test"]
    assert run(MONDAY + timedelta(minutes=15)) == ["cara@acme.test"]
    assert run(MONDAY + timedelta(days=7)) == ["cara@acme.test"] * 2

    mail = Message.objects.earliest("pk")
    assert mail.subject == "2 questions wait for your answer (Acme Bakery)"
    assert "- Who is Bob?\n- Which van?\n" in mail.body
    assert f"/portal/harbour/{connection.pk}/questions/" in mail.body
    assert ("Old one" in mail.body, "Answered one" in mail.body) == (False, False)
    assert ClientMessage.objects.filter(message=mail, connection=connection).exists()


@pytest.mark.parametrize(
    ("is_on", "told"),
    [(False, ["cara@acme.test", "tom@acme.test"]), (True, ["tom@acme.test"])],
)
def test_with_the_switch_on_only_who_it_is_assigned_to(connection, cara, tom, is_on, told):
    """F-187: a Client admin too; what is assigned to nobody reminds nobody."""
    settled(connection, are_assignable=is_on)
    asked(connection, assignee=tom.contact)
    asked(connection)

    assert run(MONDAY) == told


def test_nobody_is_reminded_of_what_is_not_theirs_to_do(connection, branch, cara):
    """F-187a: switched off, answered, paused, No Access, View Only, no address, asked later."""
    cases = {
        "off": ({"has_reminders": False}, {}, {}),
        "answered": ({}, {"state": "answered"}, {}),
        "paused": ({}, {}, {"paused": True}),
        "no access": ({}, {}, {"access_level": AccessLevel.NONE}),
        "view only": ({}, {}, {"access_level": AccessLevel.VIEW_ONLY}),
        "later": ({}, {"moved_at": MONDAY + timedelta(minutes=1)}, {}),
        "changed today": ({"reminded_until": MONDAY}, {}, {}),
        "another hour": ({"remind_hour": 9}, {}, {}),
        "another day": ({"remind_day": 1}, {}, {}),
        "another zone": ({"time_zone": "America/New_York"}, {}, {}),
        "reminded": ({}, {}, {}),
    }
    for name, (settings, question, facts) in cases.items():
        row = factories.ConnectionFactory(branch=branch, name=name, **facts)
        settled(row, **settings)
        asked(row, **question)
        an_access(row, name.replace(" ", "-"))
        nameless = factories.ContactFactory(firm=branch.firm, email="")
        factories.ContactAccessFactory(connection=row, contact=nameless)

    assert run(MONDAY + timedelta(minutes=5)) == ["reminded@acme.test"]


def test_a_resumed_client_is_reminded_at_the_next_hour(connection, cara):
    settled(connection)
    asked(connection)
    with factories.arranging():
        connection.status, connection.paused_at = ConnectionStatus.PAUSED, MONDAY
        connection.save(update_fields=["status", "paused_at"])
    assert run(MONDAY) == []
    with factories.arranging():
        connection.status, connection.paused_at = ConnectionStatus.ACTIVE, None
        connection.save(update_fields=["status", "paused_at"])

    assert run(MONDAY + timedelta(days=1)) == []
    assert run(MONDAY + timedelta(days=7)) == ["cara@acme.test"]


@pytest.mark.parametrize(
    ("zone", "hour", "now", "slot"),
    [
        ("Europe/London", 8, "2030-01-07T08:00", "2030-01-07T08:00"),
        ("Europe/London", 8, "2030-01-07T07:59", "2029-12-31T08:00"),
        ("Europe/London", 8, "2030-07-01T07:00", "2030-07-01T07:00"),  # summer time
        ("Asia/Kathmandu", 8, "2030-01-07T02:15", "2030-01-07T02:15"),
        ("America/New_York", 20, "2030-01-08T01:30", "2030-01-08T01:00"),  # Tuesday already in UTC
        ("Africa/Cairo", 0, "2030-04-29T06:00", "2030-04-28T21:00"),
    ],
)
def test_the_hour_is_the_clients_own(zone, hour, now, slot):
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert last_slot(0, hour, zone, at) == datetime.fromisoformat(slot).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour", "first"),
    [
        (6, 1, datetime(2030, 3, 31, 1, tzinfo=UTC)),  # London leaves 01:00 out
        (6, 1, datetime(2030, 10, 27, 0, tzinfo=UTC)),  # and has it twice
    ],
)
def test_when_the_clocks_change_it_is_one_slot(day, hour, first):
    around = [first + timedelta(minutes=15 * step) for step in range(12)]

    assert {last_slot(day, hour, "Europe/London", at) for at in around} == {first}
