"""Sixty days without a visit: by the clock to the second, on record and told by the job (F-142)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.actions import access_expiry
from clients.actions.access import open_account
from clients.actions.access_expiry import expire_access, warn_of_expiry
from clients.models import AccessVisit, ActivityEvent, ClientMessage, Connection, EventKind
from clients.models.connections import ACCESS_EXPIRES_AFTER
from clients.permissions import OPEN_ACCOUNT
from clients.roles import AccessStatus, ConnectionStatus
from practice.auth import explain
from practice.errors import Refused
from practice.models import Firm, Message
from tests import factories

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)


def visited(row: Connection, days: float, **facts) -> Connection:
    with factories.arranging():
        last = timezone.now() - timedelta(days=days)
        Connection.objects.filter(pk=row.pk).update(last_accessed_at=last, **facts)
    return Connection.objects.get(pk=row.pk)


def told() -> list[tuple[str, str]]:
    return list(Message.objects.order_by("pk").values_list("recipient", "subject"))


def turns(row: Connection) -> list[str]:
    return [turn.history_change_reason for turn in row.history.order_by("history_id")[1:]]


@pytest.fixture
def mia(assigned_member, time_machine):
    time_machine.move_to(datetime(2027, 5, 1, 12, tzinfo=UTC), tick=False)
    return assigned_member


@pytest.mark.parametrize(
    ("days", "status", "count"),
    [(59, "Active", 0), (60, "Expired", 1)],
)
def test_the_job_puts_on_record_what_has_expired(mia, connection, days, status, count):
    row = visited(connection, days)

    found = expire_access()

    assert (found, row.access_status.label) == (count, status)
    assert told() == [("mia@harbour.test", "Access to Acme Bakery has expired")] * count
    assert turns(row) == [access_expiry.EXPIRED.format(60)] * count
    events = ActivityEvent.objects.filter(connection=row, kind=EventKind.ACCESS)
    assert list(events.values_list("text", flat=True)) == [access_expiry.SAID.format(60)] * count
    assert ClientMessage.objects.filter(connection=row).count() == count


@pytest.mark.parametrize(("days", "count"), [(52.99, 0), (53, 1), (59, 1), (60, 0)])
def test_a_week_before_there_is_one_notice(mia, connection, days, count):
    row = visited(connection, days)

    found = (warn_of_expiry(), warn_of_expiry())

    assert found == (count, 0)
    subject = "Access to Acme Bakery expires in 7 days or less"
    assert told() == [("mia@harbour.test", subject)] * count
    assert turns(row) == []


@pytest.mark.parametrize("job", [expire_access, warn_of_expiry])
def test_twice_is_once_until_the_next_visit(mia, connection, job, time_machine):
    days = 60 if job is expire_access else 53
    visited(connection, days)
    counts = [job(), job()]
    visited(connection, 0)
    time_machine.shift(timedelta(days=days))

    counts += [job(), job()]

    assert (counts, Message.objects.count()) == ([1, 0, 1, 0], 2)


def test_a_visit_on_the_last_day_begins_the_sixty_days_anew(client, mia, connection, time_machine):
    """F-142a."""
    visited(connection, 59)
    client.force_login(mia)

    client.get(f"/harbour/clients/{connection.pk}/")
    read = Connection.objects.get().access_days_left
    client.post(f"/harbour/clients/{connection.pk}/access/")
    time_machine.shift(timedelta(days=59))

    assert (read, expire_access(), Connection.objects.get().access_days_left) == (1, 0, 1)
    assert AccessVisit.objects.count() == 1


def test_a_visit_of_any_assigned_person_renews_it_for_all(mia, branch, connection):
    visited(connection, 59)
    xavi = factories.TeamAssignmentFactory(content_object=connection, user__full_name="Xavi").user
    factories.BranchMembershipFactory(branch=branch, member__user=xavi)

    open_account(connection, by=xavi)

    assert Connection.objects.get().access_days_left == 60


@pytest.mark.parametrize(
    "facts",
    [
        {"access_disabled_at": timezone.now()},
        {"access_requested_at": timezone.now()},
        {"status": ConnectionStatus.DISCONNECTED, "disconnected_at": timezone.now()},
        {"status": ConnectionStatus.RECONNECTING, "disconnected_at": timezone.now()},
    ],
    ids=["disabled", "requested", "disconnected", "reconnecting"],
)
def test_what_is_shut_otherwise_does_not_expire(mia, connection, facts):
    visited(connection, 70, **facts)
    found = expire_access()
    visited(connection, 55, **facts)

    assert (found, warn_of_expiry(), Message.objects.count()) == (0, 0, 0)


def test_a_paused_client_expires_in_silence(mia, connection):
    """F-067: its alerts are muted; the warning comes if it is resumed in time."""
    paused = {"status": ConnectionStatus.PAUSED, "paused_at": timezone.now()}
    visited(connection, 54, **paused)
    warned = warn_of_expiry()
    visited(connection, 54, status=ConnectionStatus.ACTIVE)
    resumed = warn_of_expiry()
    row = visited(connection, 61, **paused)

    assert (warned, resumed, expire_access(), Message.objects.count()) == (0, 1, 1, 1)
    assert turns(row)[-1] == access_expiry.EXPIRED.format(60)


def test_an_account_that_was_never_opened_counts_from_its_beginning(mia, connection):
    with factories.arranging():
        begun = timezone.now() - ACCESS_EXPIRES_AFTER
        Connection.objects.update(created_at=begun, last_accessed_at=None)

    assert (expire_access(), Connection.objects.get().access_expired_for) == (1, begun)


def test_only_who_is_assigned_and_sees_the_client_is_told(mia, branch, connection, branch_owner):
    gone = factories.TeamAssignmentFactory(content_object=connection, user__is_active=False)
    factories.TeamAssignmentFactory(content_object=connection, user=branch_owner, ended=True)
    factories.TeamAssignmentFactory(content_object=connection)  # has no place at the firm
    visited(connection, 60)

    expire_access()

    assert gone.user.email not in dict(told())
    assert [to for to, _ in told()] == ["mia@harbour.test"]


def test_many_at_once_are_one_mail_that_names_none(mia, branch, connection, monkeypatch):
    """Sixty days after an import; with batches of eleven, so that two are needed."""
    monkeypatch.setattr(access_expiry, "BATCH", 11)
    visited(connection, 0)
    rows = [factories.ConnectionFactory(branch=branch, name=f"Bulk {n}") for n in range(12)]
    for row in rows:
        factories.TeamAssignmentFactory(content_object=row, user=mia)
        visited(row, 60)

    assert expire_access() == 12
    assert [subject for _, subject in told()] == [
        "Access to 11 clients’ accounts has expired",
        "Access to Bulk 11 has expired",
    ]
    assert "Bulk" not in Message.objects.earliest("pk").body


def test_the_number_of_statements_does_not_grow(mia, branch, connection):
    visited(connection, 60)
    with CaptureQueriesContext(database) as one:
        expire_access()
    for number in range(5):
        row = factories.ConnectionFactory(branch=branch, name=f"Bulk {number}")
        factories.TeamAssignmentFactory(content_object=row, user=mia)
        visited(row, 61)

    with CaptureQueriesContext(database) as five:
        expire_access()

    assert len(one) == len(five)


# The last visits of the 400 cases, in UTC: both DST changes of London, one of New York, a leap day,
# and the ordinary; each lies so that the sixty days run over the change.
TURNS = (
    datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2027, 10, 31, 1, tzinfo=UTC),
    datetime(2027, 3, 14, 7, tzinfo=UTC),
    datetime(2028, 2, 29, tzinfo=UTC),
    datetime(2027, 7, 1, tzinfo=UTC),
)
CASES = [
    turn - timedelta(days=day, hours=7 * day % 24, minutes=13 * day % 60, microseconds=day)
    for turn in TURNS
    for day in range(80)
]


def test_sixty_days_are_exact_in_400_cases_without_worker_and_beat(
    client, assigned_member, connection, time_machine
):
    """No job runs: the request itself is judged by the clock, as are the list and the rule."""
    assert len(CASES) == 400
    wrong = []
    for number, last in enumerate(CASES):
        with factories.arranging():
            Connection.objects.update(last_accessed_at=last, created_at=last)
        end = last + timedelta(hours=24 * 60)
        for at, is_open in ((end - TICK, True), (end, False)):
            time_machine.move_to(at, tick=False)
            row = Connection.objects.get()
            found = {
                row.access_status == AccessStatus.ACTIVE,
                assigned_member.has_perm(OPEN_ACCOUNT, row),
                Connection.objects.permitted(assigned_member, row.firm_id, OPEN_ACCOUNT).exists(),
                opens(client, assigned_member, row) if number % 2 == is_open else is_open,
            }
            if found != {is_open}:
                wrong.append((last, at, found))
    assert wrong == []


def opens(client, user, row: Connection) -> bool:
    """Whether the account’s page is shown."""
    client.force_login(user)
    return client.get(f"/harbour/clients/{row.pk}/dashboard/").status_code == 200


@pytest.fixture
def stricter(connection):
    """The firm's access ends after 30 days, and is warned of after 20 (C26)."""
    with factories.arranging():
        Firm.objects.filter(pk=connection.firm_id).update(access_days=30, access_warning_days=20)


@pytest.mark.parametrize(
    ("age", "is_open"), [(timedelta(days=30) - TICK, True), (timedelta(days=30), False)]
)
def test_a_stricter_firm_is_judged_by_its_own_days_everywhere(
    client, mia, connection, stricter, age, is_open
):
    with factories.arranging():
        Connection.objects.update(last_accessed_at=timezone.now() - age)
    row = Connection.objects.get()
    client.force_login(mia)
    listed = client.get("/harbour/clients/", {"access": "expired"}).content.decode()
    verdict = explain(mia, OPEN_ACCOUNT, row)

    found = {
        "status": row.access_status == AccessStatus.ACTIVE,
        "rule": verdict.allowed,
        "plural": Connection.objects.permitted(mia, row.firm_id, OPEN_ACCOUNT).exists(),
        "page": opens(client, mia, row),
        "filter": "Acme Bakery" not in listed,
        "job": expire_access() == 0,
    }

    assert found == dict.fromkeys(found, is_open)
    assert is_open or "expired after 30 days" in verdict.reason
    assert turns(row) == ([] if is_open else [access_expiry.EXPIRED.format(30)])


@pytest.mark.parametrize(("days", "count"), [(19.99, 0), (20, 1), (29, 1), (30, 0)])
def test_a_stricter_firm_is_warned_by_its_own_days(mia, connection, stricter, days, count):
    factories.FirmFactory()
    visited(connection, days)

    assert (warn_of_expiry(), warn_of_expiry()) == (count, 0)
    assert [subject for _, subject in told()] == [
        "Access to Acme Bakery expires in 10 days or less"
    ] * count


def test_the_action_judges_again_after_the_lock(mia, connection, time_machine):
    """Between the page and the lock the sixty days ran out, or the assignment did."""
    row = visited(connection, 59)
    time_machine.shift(timedelta(days=1))

    with pytest.raises(Refused, match="expired after 60 days"):
        open_account(row, by=mia)

    visited(connection, 1)
    with factories.arranging():
        connection.assignments.all().delete()
    with pytest.raises(Refused):
        open_account(row, by=mia)
    assert not AccessVisit.objects.exists()
