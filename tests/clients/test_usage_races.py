"""Deliveries at once: each event counts once, and no batch waits in a ring (F-229)."""

import pytest

from clients.actions.usage import take_events
from clients.models import UsageDay, UsageEvent, UsageSnapshot
from practice import tenancy
from practice.models import Firm
from tests import factories
from tests.clients.sending import event
from tests.invitations.test_team_actions import at_once

pytestmark = pytest.mark.django_db(transaction=True)
SENDERS = 6


@pytest.fixture
def office(db) -> Firm:
    branch = factories.BranchFactory()
    for number in range(20):
        factories.ConnectionFactory(branch=branch, client_number=str(number))
    return branch.firm


def batch(first: int = 0, many: int = 200) -> list[dict]:
    return [
        event(number, kind="transaction", client_id=str(number % 20))
        for number in range(first, first + many)
    ]


def take(firm: Firm, events: list[dict]):
    with tenancy.in_firm(firm.pk):
        return take_events(firm, events)


def totals() -> tuple[int, int, int]:
    with tenancy.as_system():
        return (
            UsageEvent.objects.count(),
            sum(UsageDay.objects.values_list("transactions", flat=True)),
            sum(sum(row.monthly) for row in UsageSnapshot.objects.iterator()),
        )


def test_the_same_batch_from_several_senders_counts_once(office):
    answers = at_once(*[lambda: take(office, batch())] * SENDERS)

    assert sorted((answer.new, answer.known) for answer in answers) == [
        *[(0, 200)] * (SENDERS - 1),
        (200, 0),
    ]
    assert totals() == (200, 200, 200)


def test_batches_that_overlap_in_opposite_orders_all_arrive(office):
    works = [
        lambda first=first, step=step: take(office, batch(first)[::step])
        for first in (0, 50, 100)
        for step in (1, -1)
    ]

    answers = at_once(*works)

    assert sum(answer.new for answer in answers) == 300
    assert totals() == (300, 300, 300)
