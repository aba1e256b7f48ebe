"""The page of an invoice's payment: alert, attempts, schedule, “Pay now” (F-127a)."""

import pytest

from billing.actions.charging import send_due_charges
from billing.models import BranchInvoice, Charge, PaymentMethod
from billing.signals import branch_invoice_issued
from practice import clock
from tests import factories


@pytest.fixture
def declined(branch):
    row = factories.BranchInvoiceFactory(branch=branch, number=7)
    factories.PaymentMethodFactory(branch=branch, token="decline-1")
    branch_invoice_issued.send(BranchInvoice, invoices=[row], by=None)
    send_due_charges()
    return row


def url(invoice, page: str = "payment") -> str:
    return f"/harbour/billing/invoices/{invoice.pk}/{page}/"


def says(response) -> str:
    return response.content.decode()


def test_it_shows_the_failure_and_the_schedule(client, branch_owner, declined):
    client.force_login(branch_owner)

    page = says(client.get(url(declined)))
    listed = says(client.get("/harbour/billing/methods/"))

    assert "Unpaid." in page
    assert "The card was declined." in page
    assert "Retry schedule" in page
    assert page.count("<li><time") == 4
    assert "Invoice 7 of <bdi>London</bdi> is unpaid:" in listed


def test_pay_now_pays(client, branch_owner, branch, declined):
    enter_another(branch)
    client.force_login(branch_owner)

    said = client.post(url(declined, "pay"), {"attempt": 2}, follow=True)
    send_due_charges()

    declined.refresh_from_db()
    assert "The payment is on its way." in says(said)
    assert declined.status == "paid"


def enter_another(branch):
    """A card in place of the declined one."""
    with factories.arranging():
        PaymentMethod.objects.in_use().filter(branch=branch).update(removed_at=clock.now())
    return factories.PaymentMethodFactory(branch=branch, token="approve-2")


@pytest.mark.parametrize("attempt", ["", "0", "-1", "x", "9999999999999999999"])
def test_a_form_that_was_changed_pays_nothing(client, branch_owner, declined, attempt):
    client.force_login(branch_owner)

    client.post(url(declined, "pay"), {"attempt": attempt})

    assert Charge.objects.count() == 1


def test_readers_cannot_pay(client, branch_admin, declined):
    client.force_login(branch_admin)

    assert 'aria-disabled="true"' in says(client.get(url(declined)))
    assert client.post(url(declined, "pay"), {"attempt": 2}).status_code == 403
    assert Charge.objects.count() == 1
