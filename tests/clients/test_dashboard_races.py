"""Ticket numbers and extensions of a trial, however many press at once (F-135, F-136)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from clients.actions.tickets import create_ticket
from clients.actions.trials import extend_trial
from clients.models import ClientAccount, Connection, Ticket
from clients.roles import ClientRole, SubscriptionStatus
from practice import tenancy
from practice.models import Message, User
from tests import factories
from tests.clients.test_assignment_races import together

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = {"subject": "S", "text": "T", "priority": "low"}


@pytest.fixture
def acme(db) -> Connection:
    ends = timezone.localdate() + timedelta(days=3)
    trial = {"subscription_status": SubscriptionStatus.TRIAL, "trial_ends_on": ends}
    account = factories.ClientAccountFactory(**trial, owner=factories.UserFactory())
    return factories.ConnectionFactory(account=account)


@pytest.fixture
def mia(acme) -> User:
    member = factories.BranchMembershipFactory(branch=acme.branch).member
    tie = {"content_object": acme, "user": member.user, "role": ClientRole.FULL}
    factories.TeamAssignmentFactory(**tie)
    return member.user


def test_each_ticket_has_a_number_of_its_own(acme, mia):
    raised = together(*[lambda: create_ticket(acme, by=mia, **WORDS, key=uuid4())] * 4)

    assert raised == []
    with tenancy.as_system():
        numbers = list(Ticket.objects.order_by("number").values_list("number", flat=True))
    assert numbers == [1, 2, 3, 4]


def test_one_form_sent_four_times_is_one_ticket_and_one_mail(acme, mia):
    key = uuid4()

    raised = together(*[lambda: create_ticket(acme, by=mia, **WORDS, key=key)] * 4)

    assert raised == []
    with tenancy.as_system():
        assert (Ticket.objects.count(), Message.objects.count()) == (1, 1)


def test_one_extension_however_often_it_is_sent(acme, mia):
    raised = together(*[lambda: extend_trial(acme, by=mia, days=14, number=1)] * 4)

    assert raised == []
    with tenancy.as_system():
        account = ClientAccount.objects.get()
    assert account.trial_extensions == 1
    assert account.trial_ends_on == timezone.localdate() + timedelta(days=17)
