"""Answers, cancellations and questions at once have one outcome, with real commits (F-080c)."""

import pytest

from clients.models import Connection, ConnectionPeriod
from clients.roles import ConnectionStatus
from invitations.actions.reconnect import ask_back, cancel_reconnection
from invitations.actions.reconnect_answers import accept_reconnection
from invitations.models import ReconnectInvitation
from invitations.roles import InvitationStatus
from practice import tenancy
from practice.models import Message
from tests import factories
from tests.invitations.test_team_actions import at_once, refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(branch, branch_owner) -> ReconnectInvitation:
    return factories.ReconnectInvitationFactory(connection__branch=branch, invited_by=branch_owner)


def test_ten_acceptances_at_once_open_one_period(asked):
    answers = at_once(*[lambda: accept_reconnection(asked, name="Rita Rey", by=None)] * 10)

    with tenancy.as_system():
        assert ConnectionPeriod.objects.filter(connection=asked.connection).count() == 1
        assert Connection.objects.get().status == ConnectionStatus.ACTIVE
    assert (len(answers), len(refused(answers))) == (10, 9)


def test_accepted_or_cancelled(asked, branch_owner):
    answers = at_once(
        lambda: accept_reconnection(asked, name="Rita Rey", by=None),
        lambda: cancel_reconnection(asked.connection, by=branch_owner),
    )

    with tenancy.as_system():
        outcome = ReconnectInvitation.objects.get().status
        status = Connection.objects.get().status
    assert len(refused(answers)) == 1
    assert (outcome, status) in {
        (InvitationStatus.ACCEPTED, ConnectionStatus.ACTIVE),
        (InvitationStatus.CANCELLED, ConnectionStatus.DISCONNECTED),
    }


def test_two_who_ask_send_one_mail(branch, branch_owner):
    row = factories.ConnectionFactory(branch=branch, disconnected=True, contact_email="r@d.test")

    answers = at_once(*[lambda: ask_back(row, by=branch_owner)] * 4)

    with tenancy.as_system():
        assert Message.objects.count() == ReconnectInvitation.objects.count() == 1
    assert len(refused(answers)) == 3
