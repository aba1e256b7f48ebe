"""An account that is handed over has one owner, whoever presses at once (F-121)."""

import pytest

from clients.actions.owners import (
    accept_as_newcomer,
    accept_ownership,
    cancel_owner_invitation,
    invite_owner,
)
from clients.models import ClientAccount, OwnerInvitation
from practice import tenancy
from practice.models import Branch, Message, User
from tests import factories
from tests.invitations.test_team_actions import at_once, refused

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "harbour lights 230"


@pytest.fixture
def office(db) -> Branch:
    return factories.BranchFactory()


@pytest.fixture
def boss(office) -> User:
    return factories.BranchMembershipFactory(branch=office, owner=True).member.user


@pytest.fixture
def asked(office, boss) -> OwnerInvitation:
    return factories.OwnerInvitationFactory(connection__branch=office, invited_by=boss)


def owner() -> User | None:
    with tenancy.as_system():
        return ClientAccount.objects.select_related("owner").get().owner


def test_the_link_is_used_once(asked):
    def answer() -> User:
        return accept_as_newcomer(asked, full_name="Olive", password=PASSWORD)

    answers = at_once(*[answer] * 4)

    assert len(refused(answers)) == 3
    assert owner().email == asked.email
    with tenancy.as_system():
        assert User.objects.filter(email_key=asked.email_key).count() == 1


def test_accepted_or_taken_back(asked, boss):
    olive = factories.UserFactory(email=asked.email)

    answers = at_once(
        lambda: accept_ownership(asked, by=olive),
        lambda: cancel_owner_invitation(asked.connection, by=boss),
    )

    with tenancy.as_system():
        ended = OwnerInvitation.objects.get()
    assert len(refused(answers)) == 1
    assert (ended.accepted_at is None) == (owner() is None)
    assert (ended.cancelled_at is None) == (owner() == olive)


def test_two_who_ask_send_one_mail(office, boss):
    row = factories.ConnectionFactory(branch=office)

    at_once(*[lambda: invite_owner(row, email="o@acme.test", full_name="Olive", by=boss)] * 4)

    with tenancy.as_system():
        assert OwnerInvitation.objects.count() == Message.objects.count() == 1
