"""What PostgreSQL itself guarantees of plans, spans and invoices."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.db.models import F
from django.db.utils import IntegrityError

from billing.actions.prices import change_price
from billing.models import BranchInvoice, BranchInvoiceLine, Plan, PlanPrice
from practice import tenancy
from practice.history import because
from practice.permissions import MANAGE_BILLING, VIEW_BILLING
from tests import factories as make

pytestmark = pytest.mark.django_db
MARCH, APRIL = date(2027, 3, 1), date(2027, 4, 1)


def refused(says: str, write) -> None:
    with pytest.raises(DatabaseError, match=says), transaction.atomic(), because("Mischief."):
        write()


def test_an_issued_invoice_is_final(branch):
    invoice = make.BranchInvoiceFactory(branch=branch)
    rows = BranchInvoice.objects.filter(pk=invoice.pk)

    for facts in ({"total": 1}, {"number": 9}, {"month": MARCH}, {"status": "draft"}):
        refused("an issued invoice is final", lambda facts=facts: rows.update(**facts))
    refused("never deleted", rows.delete)

    with because("The branch paid."):
        rows.update(status="paid", paid_at=invoice.issued_at)
    assert rows.get().status == "paid"


def test_lines_are_given_to_drafts_and_never_change(connection):
    line = make.BranchInvoiceLineFactory(connection=connection)
    rows = BranchInvoiceLine.objects.filter(pk=line.pk)
    issued = make.BranchInvoiceFactory(branch=connection.branch, month=APRIL)

    refused("a line of an invoice is final", lambda: rows.update(amount=1))
    refused("a line of an invoice is final", rows.delete)
    with pytest.raises(IntegrityError, match="no more lines"), transaction.atomic():
        make.BranchInvoiceLineFactory(connection=connection, invoice=issued)


def test_spans_of_a_client_do_not_overlap(connection):
    make.SpanFactory(connection=connection, starts_on=MARCH, ends_on=APRIL)
    make.SpanFactory(connection=connection, starts_on=APRIL)

    with pytest.raises(IntegrityError, match="do_not_overlap"), transaction.atomic():
        make.SpanFactory(connection=connection, starts_on=date(2027, 5, 1))


@pytest.mark.parametrize(
    ("facts", "constraint"),
    [
        ({"starts_on": date(2027, 3, 2)}, "starts_with_a_month"),
        ({"amount": Decimal("-1")}, "not_negative"),
        ({"amount": Decimal("0.005")}, "in_coins"),
        ({"amount": Decimal("0.5"), "currency": "JPY"}, "in_coins"),
    ],
)
def test_a_price_is_in_coins_and_of_whole_months(facts, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make.PlanPriceFactory(**facts)


def test_three_decimals_are_coins_of_kuwait():
    assert make.PlanPriceFactory(amount=Decimal("6.125"), currency="KWD").pk


def test_a_price_is_final_once_its_month_has_begun():
    """F-128b: what was invoiced by it stays as it was."""
    price = make.PlanPriceFactory()
    rows = PlanPrice.objects.filter(pk=price.pk)

    refused("final once its month has begun", lambda: rows.update(amount=25))
    refused("final once its month has begun", rows.delete)
    with pytest.raises(DatabaseError, match="begins with a coming month"), transaction.atomic():
        make.PlanPriceFactory(plan=price.plan, starts_on=date(2020, 2, 1))


def test_a_new_price_begins_with_the_coming_month(time_machine):
    price = make.PlanPriceFactory()
    time_machine.move_to("2027-03-10T12:00Z")

    with because("Prices are reviewed each spring."):
        change_price(price.plan, "GBP", Decimal(25))
        change_price(price.plan, "GBP", Decimal(26))

    amounts = [PlanPrice.objects.valid_in(month).get().amount for month in (MARCH, APRIL)]
    assert amounts == [Decimal(20), Decimal(26)]


@pytest.mark.parametrize("model", [Plan, PlanPrice])
def test_firms_do_not_change_plans(model, firm, as_firm):
    make.PlanPriceFactory()

    with as_firm(firm):
        assert model.objects.exists()
        refused("operators alone", lambda: model.objects.filter(pk=0).update(id=F("id")))


@pytest.mark.parametrize("permission", [VIEW_BILLING, MANAGE_BILLING])
@pytest.mark.parametrize(
    "persona",
    ["super_admin", "billing_admin", "viewer", "branch_owner", "branch_admin", "assigned_member"],
)
def test_the_queryset_agrees_with_the_rules(request, branch, persona, permission):
    user, invoice = request.getfixturevalue(persona), make.BranchInvoiceFactory(branch=branch)
    elsewhere = make.BranchInvoiceFactory(branch=make.BranchFactory(firm=branch.firm))
    make.BranchInvoiceFactory()

    with tenancy.in_firm(branch.firm_id, user.pk):
        found = set(BranchInvoice.objects.permitted(user, branch.firm_id, permission))

    assert found == {row for row in (invoice, elsewhere) if user.has_perm(permission, row)}
