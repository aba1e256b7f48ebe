"""Accepted, rejected and withdrawn at once: one outcome, with real commits (F-113, F-114)."""

import pytest

from clients.models import Connection
from invitations.actions.client import cancel_client_invitation
from invitations.actions.client_answers import accept_client_invitation, reject_client_invitation
from invitations.actions.external import deliver, invite_by_address, withdraw
from invitations.models import ClientInvitation, ExternalInvitation
from invitations.roles import InvitationStatus
from practice import tenancy
from practice.models import Branch, User
from tests import factories
from tests.invitations.test_team_actions import at_once, refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def office(db) -> Branch:
    return factories.BranchFactory()


@pytest.fixture
def boss(office) -> User:
    return factories.BranchMembershipFactory(branch=office, owner=True).member.user


@pytest.mark.parametrize("_round", range(3))
def test_accepted_rejected_or_withdrawn(office, boss, _round):
    asked = factories.ClientInvitationFactory(branch=office)

    answers = at_once(
        lambda: accept_client_invitation(asked, by=boss),
        lambda: reject_client_invitation(asked, by=boss, reason="No."),
        lambda: cancel_client_invitation(asked, by=asked.invited_by),
    )

    with tenancy.as_system():
        outcome = ClientInvitation.objects.get().status
        connected = Connection.objects.filter(account=asked.account).count()
    assert len(refused(answers)) == 2
    assert (outcome, connected) in {
        (InvitationStatus.ACCEPTED, 1),
        (InvitationStatus.REJECTED, 0),
        (InvitationStatus.CANCELLED, 0),
    }


def test_sent_by_the_job_or_withdrawn(office, boss):
    owner = factories.UserFactory()
    account = factories.ClientAccountFactory(owner=owner)
    row = invite_by_address(account, email=office.email, consent_name="Olive", by=owner)

    at_once(lambda: deliver(row.pk), lambda: withdraw(row, by=owner), lambda: deliver(row.pk))

    with tenancy.as_system():
        waiting = ClientInvitation.objects.filter(status=InvitationStatus.PENDING)
        assert not waiting.exists()
        assert ExternalInvitation.objects.get().withdrawn_at is not None


def test_two_sends_at_once_are_one(office):
    owner = factories.UserFactory()
    account = factories.ClientAccountFactory(owner=owner)

    def send() -> ExternalInvitation:
        return invite_by_address(account, email=office.email, consent_name="Olive", by=owner)

    answers = at_once(*[send] * 4)

    with tenancy.as_system():
        assert ExternalInvitation.objects.count() == 1
    assert len(refused(answers)) == 3
