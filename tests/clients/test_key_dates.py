"""Important dates: who is reminded, once, in the firm's day; yearly ones move on (F-091a)."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from clients.actions.key_dates import next_day
from clients.actions.reminders import move_key_dates_on, remind_of_key_dates
from clients.models import ClientMessage, KeyDate
from clients.periodic import remind_of_important_dates
from practice.models import Message
from tests import factories

pytestmark = pytest.mark.django_db
YEAR_END = date(2027, 3, 31)


@pytest.fixture
def year_end(connection, branch_owner) -> KeyDate:
    return factories.KeyDateFactory(
        connection=connection,
        title="Year end",
        on=YEAR_END,
        is_yearly=True,
        remind_days=7,
        created_by=branch_owner,
    )


def at(*moment: int):
    return time_machine.travel(datetime(*moment, tzinfo=UTC), tick=False)


def recipients() -> list[str]:
    return sorted(Message.objects.values_list("recipient", flat=True))


def test_on_that_day_the_assigned_get_one_notice(year_end, assigned_member, connection):
    with at(2027, 3, 23, 12):
        assert remind_of_important_dates() == 0
    with at(2027, 3, 24, 0, 10):
        assert remind_of_important_dates() == 1
        assert remind_of_important_dates() == 0
    with at(2027, 3, 25, 12):
        assert remind_of_important_dates() == 0

    message = Message.objects.get()
    assert message.recipient == assigned_member.email
    assert message.subject == "Year end, 31 March 2027 (Acme Bakery)"
    assert "comes in 7 days" in message.body
    assert f"/harbour/clients/{connection.pk}/tasks/" in message.body
    assert ClientMessage.objects.get().connection == connection


def test_a_reminder_that_was_lost_comes_late_rather_than_never(year_end, assigned_member):
    with at(2027, 3, 31, 12):
        remind_of_key_dates()

    assert "comes today" in Message.objects.get().body


def test_who_entered_it_is_told_when_nobody_is_assigned(year_end, branch_owner):
    with at(2027, 3, 24, 12):
        remind_of_key_dates()

    assert recipients() == [branch_owner.email]


def test_whoever_no_longer_sees_the_client_hears_nothing(year_end, branch_owner, assigned_member):
    with factories.arranging():
        place = assigned_member.team_members.get().memberships.get()
        place.withdrawn = ["clients.view_assigned_clients"]
        place.save()

    with at(2027, 3, 24, 12):
        remind_of_key_dates()

    assert recipients() == []


def test_paused_clients_are_silent_until_they_are_resumed(year_end, assigned_member, connection):
    with factories.arranging():
        connection.status, connection.paused_at = "paused", datetime(2027, 1, 1, tzinfo=UTC)
        connection.save()
    with at(2027, 3, 24, 12):
        assert remind_of_key_dates() == 0
    with factories.arranging():
        connection.status = "active"
        connection.save()

    with at(2027, 3, 26, 12):
        assert remind_of_key_dates() == 1

    assert recipients() == [assigned_member.email]


def test_the_day_is_the_firms_own(year_end, assigned_member, firm):
    with factories.arranging():
        firm.time_zone = "Pacific/Auckland"
        firm.save()

    with at(2027, 3, 23, 12):  # 24 March, one in the morning
        assert remind_of_key_dates() == 1


def test_a_yearly_date_moves_on_and_reminds_of_the_next_one(year_end, assigned_member):
    with at(2027, 3, 24, 12):
        remind_of_important_dates()
    with at(2027, 3, 31, 12):
        assert move_key_dates_on() == 0
    with at(2027, 4, 1, 12):
        assert move_key_dates_on() == 1
        assert move_key_dates_on() == 0

    assert KeyDate.objects.get().on == date(2028, 3, 31)
    reasons = year_end.history.values_list("history_change_reason", flat=True)
    assert reasons[0] == "The day has passed: moved to the next year."
    with at(2028, 3, 24, 12):
        assert remind_of_important_dates() == 1


def test_a_date_of_once_stays_and_is_not_reminded_of_afterwards(year_end, assigned_member):
    with factories.arranging():
        KeyDate.objects.update(is_yearly=False)

    with at(2027, 4, 2, 12):
        assert (move_key_dates_on(), remind_of_key_dates()) == (0, 0)

    assert KeyDate.objects.get().on == YEAR_END


def test_the_29th_of_february_comes_back_in_a_leap_year(connection, branch_owner):
    factories.KeyDateFactory(connection=connection, on=date(2028, 2, 29), is_yearly=True)

    days = []
    for year in (2028, 2029, 2030, 2031):
        with at(year, 3, 1, 12):
            move_key_dates_on()
            days.append(KeyDate.objects.get().on.isoformat())

    assert days == ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


def test_the_28th_of_february_stays_the_28th(connection):
    factories.KeyDateFactory(connection=connection, on=date(2027, 2, 28), is_yearly=True)

    with at(2027, 3, 1, 12):
        move_key_dates_on()

    assert KeyDate.objects.get().on == date(2028, 2, 28)


@pytest.mark.parametrize(
    ("on", "today", "then"),
    [
        (date(2020, 3, 31), date(2027, 3, 31), date(2027, 3, 31)),
        (date(2020, 3, 31), date(2027, 4, 1), date(2028, 3, 31)),
        (date(2024, 2, 29), date(2025, 2, 28), date(2025, 2, 28)),
        (date(2024, 2, 29), date(2027, 3, 1), date(2028, 2, 29)),
    ],
)
def test_the_next_day(on, today, then):
    assert next_day(on, today) == then


def test_many_dates_take_as_many_statements_as_one(
    year_end, assigned_member, django_assert_max_num_queries
):
    for _ in range(5):
        row = factories.ConnectionFactory(branch=year_end.connection.branch)
        factories.TeamAssignmentFactory(content_object=row, user=assigned_member)
        factories.KeyDateFactory(connection=row, on=YEAR_END, remind_days=7)

    with at(2027, 3, 24, 12), django_assert_max_num_queries(40):
        assert remind_of_key_dates() == 6

    assert len(recipients()) == 6
