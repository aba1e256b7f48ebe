"""The demo world has plans, prices and the invoices of four months (F-238)."""

import pytest
from django.core.management import call_command

from billing.actions.verification import why_unverified
from billing.demo import fill
from billing.models import AccountSubscription, BranchInvoice, Charge, PlanPrice, Span
from billing.reckoning import estimate
from practice.models import Branch, Firm

pytestmark = pytest.mark.django_db


@pytest.fixture
def london(db) -> Branch:
    call_command("demo", verbosity=0)
    return Branch.objects.get(firm=Firm.objects.get(slug="harbour"), name="London")


def test_four_months_are_invoiced_in_order_and_paid(london):
    rows = BranchInvoice.objects.for_firm(london.firm).order_by("number")

    assert [row.number for row in rows] == list(range(1, 9))
    assert {row.currency for row in rows} == {"GBP", "EUR"}
    assert {row.status for row in rows} == {"paid"}


def test_they_were_paid_by_card(london):
    charges = Charge.objects.filter(branch=london)

    assert set(charges.values_list("status", "attempt")) == {("succeeded", 1)}
    assert charges.count() == BranchInvoice.objects.filter(branch=london, total__gt=0).count()
    assert why_unverified(london) == ""


def test_dina_pays_for_delta_herself(london):
    """F-219."""
    row = AccountSubscription.objects.get(account__name="Delta Design")

    assert row.account.has_method
    assert row.account.plan == row.plan.name


def test_acme_is_on_the_bill_and_delta_is_not(london):
    """F-122."""
    newest = BranchInvoice.objects.filter(branch=london).in_list_order().first()

    names = set(newest.lines.values_list("client_name", flat=True))
    assert "Acme Bakery" in names
    assert "Delta Design" not in names
    assert estimate(london).total > 0


def test_echo_is_billed_until_its_pause(london):
    span = Span.objects.get(connection__name="Echo Farms")

    assert span.ends_on is not None


def test_a_second_time_adds_nothing(london):
    before = Span.objects.count(), PlanPrice.objects.count(), BranchInvoice.objects.count()

    fill()

    assert before == (
        Span.objects.count(),
        PlanPrice.objects.count(),
        BranchInvoice.objects.count(),
    )
