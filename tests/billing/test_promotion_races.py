"""Two firms give a promotion to one client at the same moment: one of them is applied (F-137)."""

from decimal import Decimal

import pytest

from billing.actions.promotions import give_promotion
from billing.models import PromotionOffer
from clients.roles import BillingModel
from practice import tenancy
from practice.roles import ParentRole
from tests import factories as make
from tests.invitations.test_team_actions import at_once, refused

pytestmark = pytest.mark.django_db(transaction=True)


def give(connection, code, by):
    with tenancy.in_firm(connection.firm_id, by.pk):
        return give_promotion(connection, code, by=by)


def test_one_of_two_firms_is_told_of_the_other():
    first = make.ConnectionFactory(billing_model=BillingModel.BILL_US)
    second = make.ConnectionFactory(account=first.account, billing_model=BillingModel.BILL_US)
    codes = ("SPRING20", "SUMMER10")
    for code in codes:
        make.PromotionFactory(code=code, percent=Decimal(20), months=2)
    members = [
        make.TeamMemberFactory(firm=row.firm, parent_role=ParentRole.SUPER_ADMIN)
        for row in (first, second)
    ]

    answers = at_once(
        *[
            lambda row=row, code=code, by=member.user: give(row, code, by)
            for row, code, member in zip((first, second), codes, members, strict=True)
        ]
    )

    [refusal] = refused(answers)
    assert str(refusal).startswith("Another promotion of this client runs until")
    assert len(answers) == 2
    with tenancy.as_system():
        assert PromotionOffer.objects.count() == 1
