"""The daily digest: one mail per person, with own clients only (F-101a)."""

from datetime import timedelta

import pytest

from clients.actions.digests import MOST_LINES, send_digests
from clients.models import AlertKind
from practice import clock, tenancy
from practice.history import because
from practice.models import Message
from tests import factories


def send() -> list[Message]:
    with tenancy.as_system():
        list(send_digests())
    return list(Message.objects.order_by("recipient"))


@pytest.fixture
def alert(connection):
    return factories.AlertFactory(
        connection=connection, since=clock.now() - timedelta(days=31), threshold=30
    )


def test_one_mail_to_who_is_assigned(alert, assigned_member, unassigned_member, super_admin, firm):
    factories.AlertFactory(connection=alert.connection, kind=AlertKind.BANK_EXPIRED, detail="Bar")

    [mail] = send()

    assert (mail.recipient, mail.firm) == (assigned_member.email, firm)
    assert mail.subject == f"2 open alerts of your clients at {firm.name}"
    for words in (
        "Acme Bakery: Banking connection expired. Expired: Bar",
        "Acme Bakery: Client hasn’t logged in. For 30 days or more (last login ",
        "/harbour/alerts/",
    ):
        assert words in mail.body


def test_run_twice_on_a_day_it_writes_once_and_again_on_the_next(
    alert, assigned_member, monkeypatch
):
    assert len(send()) == len(send()) == 1

    tomorrow = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)

    assert len(send()) == 2


def test_of_other_clients_nothing_is_said(alert, assigned_member, branch):
    factories.AlertFactory(connection=factories.ConnectionFactory(branch=branch, name="Other Ltd"))

    [mail] = send()

    assert "Other Ltd" not in mail.body


@pytest.mark.parametrize("state", ["acknowledged", "snoozed", "resolved"])
def test_what_somebody_has_in_hand_is_not_mailed(connection, assigned_member, state):
    factories.AlertFactory(connection=connection, **{state: True})

    assert send() == []


def test_paused_clients_are_muted(branch, assigned_member):
    row = factories.ConnectionFactory(branch=branch, paused=True)
    factories.TeamAssignmentFactory(content_object=row, user=assigned_member)
    factories.AlertFactory(connection=row)

    assert send() == []


def test_who_left_or_may_not_see_it_any_more_gets_none(alert, assigned_member):
    with because("Arranged."):
        assigned_member.team_members.update(is_active=False)

    assert send() == []


def test_an_alert_of_a_colleague_reaches_who_has_it(branch_owner, branch):
    factories.AlertFactory(connection__branch=branch, assignee=branch_owner)
    factories.AlertFactory(connection__branch=branch)

    [mail] = send()

    assert (mail.recipient, mail.subject[:12]) == (branch_owner.email, "1 open alert")


def test_of_many_the_newest_are_told(branch, assigned_member):
    for _ in range(MOST_LINES + 2):
        row = factories.ConnectionFactory(branch=branch)
        factories.TeamAssignmentFactory(content_object=row, user=assigned_member)
        factories.AlertFactory(connection=row)

    [mail] = send()

    assert mail.subject.startswith("22 open alerts")
    assert "and 2 more." in mail.body
    assert mail.body.count("Client hasn’t logged in") == MOST_LINES


def test_firms_are_kept_apart(alert, assigned_member):
    other = factories.AlertFactory()
    theirs = factories.TeamMemberFactory(firm=other.firm, viewer=True)
    factories.TeamAssignmentFactory(content_object=other.connection, user=theirs.user)

    mails = send()

    assert len(mails) == 2
    assert [other.connection.name in mail.body for mail in mails].count(True) == 1
    assert {mail.firm_id for mail in mails} == {alert.firm_id, other.firm_id}
