"""Answers, cancellations and questions at once have one outcome, with real commits (F-080c)."""

import pytest

from clients.models import Connection, ConnectionPeriod
from clients.roles import ConnectionStatus
from invitations.actions.reconnect import ask_back, cancel_reconnection
from invitations.actions.reconnect_answers import accept_anew, accept_reconnection
from invitations.models import ReconnectInvitation
from invitations.roles import InvitationStatus
from practice import tenancy
from practice.models import Branch, Message, User
from tests import factories
from tests.invitations.test_team_actions import at_once, refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(db) -> Branch:
    return factories.BranchFactory()


@pytest.fixture
def boss(office) -> User:
    return factories.BranchMembershipFactory(branch=office, owner=True).member.user


@pytest.fixture
def asked(office, boss) -> ReconnectInvitation:
    return factories.ReconnectInvitationFactory(connection__branch=office, invited_by=boss)


def test_ten_acceptances_at_once_open_one_period(asked):
    answers = at_once(*[lambda: accept_reconnection(asked, name="Rita Rey", by=None)] * 10)

    with tenancy.as_system():
        assert ConnectionPeriod.objects.filter(connection=asked.connection).count() == 1
        assert Connection.objects.get().status == ConnectionStatus.ACTIVE
    assert (len(answers), len(refused(answers))) == (10, 9)


def test_accepted_or_cancelled(asked, boss):
    answers = at_once(
        lambda: accept_reconnection(asked, name="Rita Rey", by=None),
        lambda: cancel_reconnection(asked.connection, by=boss),
    )

    with tenancy.as_system():
        outcome = ReconnectInvitation.objects.get().status
        status = Connection.objects.get().status
    assert len(refused(answers)) == 1
    assert (outcome, status) in {
        (InvitationStatus.ACCEPTED, ConnectionStatus.ACTIVE),
        (InvitationStatus.CANCELLED, ConnectionStatus.DISCONNECTED),
    }


def test_clients_who_begin_anew_at_once_have_client_ids_of_their_own(office, boss):
    asked = factories.ReconnectInvitationFactory.create_batch(
        4, new_link=True, connection__branch=office, invited_by=boss
    )

    answers = at_once(*[lambda one=one: accept_anew(one, name="Rita", by=None) for one in asked])

    with tenancy.as_system():
        opened = Connection.objects.exclude(supersedes=None)
        assert sorted(opened.values_list("client_number", flat=True)) == [
            "1001", "1002", "1003", "1004",
        ]  # fmt: skip
    assert (len(answers), refused(answers)) == (4, [])


def test_two_who_ask_send_one_mail(office, boss):
    row = factories.ConnectionFactory(branch=office, disconnected=True, contact_email="r@d.test")

    answers = at_once(*[lambda: ask_back(row, by=boss)] * 4)

    with tenancy.as_system():
        assert Message.objects.count() == ReconnectInvitation.objects.count() == 1
    assert len(refused(answers)) == 3
