"""An invoice as PDF (F-128)."""

from datetime import date

import pytest

from billing.views.invoice_file import sheet_of, typeset
from clients.actions.relationships import disconnect_connection
from tests import factories as make

pytestmark = pytest.mark.django_db


def url_of(invoice) -> str:
    return f"/harbour/billing/invoices/{invoice.pk}/pdf/"


@pytest.fixture
def invoice(billed, run):
    billed("2027-05-01", name="Acme #panic() *Bakery* $x$", client_number="2010")
    return run("2027-06")


def asked_for(client, invoice):
    """The request that a page answered, for what is made of it."""
    return client.get(f"/harbour/billing/invoices/{invoice.pk}/").wsgi_request


def test_it_is_a_pdf_for_the_archive(client, branch_owner, invoice):
    client.force_login(branch_owner)

    response = client.get(url_of(invoice))

    assert response["Content-Type"] == "application/pdf"
    assert f'filename="invoice-{invoice.number}.pdf"' in response["Content-Disposition"]
    assert response.content.startswith(b"%PDF-1.7")
    assert b"pdfaid" in response.content
    assert client.get(url_of(invoice)).content == response.content


@pytest.mark.parametrize(
    "name", ["日本語 😀", "מאפיית הגליל", "a\u202eb\u0301\U000e0001", "#[" * 99]
)
def test_every_name_can_be_printed(client, branch_owner, billed, run, name):
    billed("2027-05-01", name=name)
    invoice = run("2027-06")
    client.force_login(branch_owner)

    assert client.get(url_of(invoice)).content.startswith(b"%PDF")


def test_it_says_what_the_page_says(client, branch_owner, billed, run, on):
    """Names are data and never markup; what is not a whole month has its arithmetic."""
    acme = billed("2027-05-01", name="Acme #panic()", client_number="2010")
    billed("2027-05-01", name="Bolt")
    run("2027-06")
    on("2027-06-11")
    disconnect_connection(acme, by=branch_owner, reason="Client request")
    client.force_login(branch_owner)
    invoice = run("2027-07")

    sheet = sheet_of(asked_for(client, invoice), invoice)

    assert [(line["client"], line["amount"], line["steps"]) for line in sheet["lines"]] == [
        (
            "Acme #panic()",
            "−£13.33",
            [
                "£20.00 × 10 of 30 days = 6.66667, rounded to £6.67",
                "The parts of a client’s month are rounded together,"
                " so that they sum to the whole.",
                "£6.67 − £20.00 charged in advance for June 2027 = −£13.33",
            ],
        ),
        ("Bolt", "£20.00", []),
    ]
    assert (sheet["total"], sheet["issued"]) == ("£6.67", [2027, 6, 11])


def test_what_is_carried_is_said(client, branch_owner, branch):
    invoice = make.BranchInvoiceFactory(
        branch=branch, paid=True, month=date(2026, 1, 1), total=0, carried_in=5, carried_out=3
    )
    client.force_login(branch_owner)

    sheet = sheet_of(asked_for(client, invoice), invoice)

    assert sheet["sums"] == [
        ("Sum of the lines", "£2.00"),
        ("Credit carried in from the invoice before", "−£5.00"),
        ("Credit carried to the next invoice", "£3.00"),
    ]
    assert typeset(sheet, invoice).startswith(b"%PDF")


def test_a_restricted_client_is_not_named(client, branch_owner, billed, run):
    billed("2027-05-01", name="Secret Ltd", restricted=True)
    client.force_login(branch_owner)
    invoice = run("2027-06")

    [line] = sheet_of(asked_for(client, invoice), invoice)["lines"]

    assert (line["client"], line["number"]) == ("Restricted client", "")


@pytest.mark.parametrize(
    ("persona", "status"), [("viewer", 200), ("assigned_member", 404), ("outsider", 404)]
)
def test_it_is_for_those_who_see_billing(persona_client, invoice, persona, status):
    assert persona_client(persona).get(url_of(invoice)).status_code == status
