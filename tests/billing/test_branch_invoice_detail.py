"""One invoice: who is on it, and how each amount came about (F-122…F-128a, F-250)."""

from datetime import date

import pytest

from billing.actions.spans import change_plan
from billing.models import BranchInvoice, BranchInvoiceLine
from clients.actions.relationships import (
    disconnect_connection,
    pause_connection,
    resume_connection,
)
from clients.models import Connection
from tests import factories as make

pytestmark = pytest.mark.django_db


def url_of(invoice, page: str = "") -> str:
    return f"/harbour/billing/invoices/{invoice.pk}/{page}"


def text(response) -> str:
    return b"".join(response.streaming_content).decode()


def lines_of(response) -> dict[str, list[tuple]]:
    """Per client: plan, period, days, amount and its steps."""
    return {
        client.name: [
            (line.plan, line.period, line.days, f"{line.amount:.2f}", line.steps)
            for line in client.lines
        ]
        for client in response.context["clients"]
    }


@pytest.fixture
def invoice(billed, run):
    billed("2027-05-01", name="Acme Bakery", client_number="2010")
    return run("2027-06")


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("billing_admin", 200),
        ("viewer", 200),
        ("branch_admin", 200),
        ("assigned_member", 404),
        ("contact", 404),
        ("outsider", 404),
    ],
)
def test_those_who_see_billing_see_it(persona_client, invoice, persona, status):
    client = persona_client(persona)

    assert [client.get(url_of(invoice, page)).status_code for page in ("", "export/")] == [
        status,
        status,
    ]


def test_it_lists_acme_and_not_delta(client, branch_owner, branch, invoice):
    """F-122: clients that pay for themselves are on no invoice of the firm."""
    make.ConnectionFactory(branch=branch, name="Delta Design", client_pays=True)
    client.force_login(branch_owner)

    html = client.get(url_of(invoice)).content.decode()

    assert "Acme Bakery" in html
    assert "Delta Design" not in html
    assert "Charge Us clients" in html
    assert "Also called Bill Us" in html


def test_the_first_client_is_charged_by_the_day(client, branch_owner, billed):
    """F-123."""
    billed("2027-06-16", name="Acme")
    client.force_login(branch_owner)

    response = client.get(url_of(BranchInvoice.objects.get()))

    steps = ["£20.00 × 15 of 30 days = £10.00"]
    assert lines_of(response) == {
        "Acme": [("Solo", "16–30 June 2027", "15 of 30", "10.00", steps)],
    }


def test_a_later_client_waits(client, branch_owner, billed, run):
    """F-124: 20 + 20 + 10 = 50.00."""
    billed("2027-05-01", name="Acme")
    run("2027-06")
    billed("2027-06-16", name="Bolt")
    client.force_login(branch_owner)

    response = client.get(url_of(run("2027-07")))

    assert {name: [line[3] for line in own] for name, own in lines_of(response).items()} == {
        "Acme": ["20.00"],
        "Bolt": ["20.00", "10.00"],
    }
    assert response.context["steps"] == ["Lines £50.00"]


def test_a_change_of_plan_shows_both_parts_with_their_days(
    client, branch_owner, billed, run, on, pro
):
    """F-125, F-128a."""
    acme = billed("2027-05-01", name="Acme")
    run("2027-06")
    on("2027-06-21")
    change_plan(acme, pro, by=None)
    client.force_login(branch_owner)

    lines = lines_of(client.get(url_of(run("2027-07"))))["Acme"]

    rounding = "The parts of a client’s month are rounded together, so that they sum to the whole."
    assert lines == [
        ("Pro", "1–31 July 2027", "31 of 31", "40.00", ["£40.00 × 31 of 31 days = £40.00"]),
        (
            "Solo",
            "1–20 June 2027",
            "20 of 30",
            "-6.66",
            [
                "£20.00 × 20 of 30 days = 13.33333, rounded to £13.34",
                rounding,
                "£13.34 − £20.00 charged in advance for June 2027 = −£6.66",
            ],
        ),
        (
            "Pro",
            "21–30 June 2027",
            "10 of 30",
            "13.33",
            ["£40.00 × 10 of 30 days = 13.33333, rounded to £13.33", rounding],
        ),
    ]


def test_a_pause_leaves_twenty_of_thirty_days(client, branch_owner, billed, run, on):
    """F-126."""
    acme = billed("2027-05-01", name="Acme")
    run("2027-06")
    on("2027-06-11")
    pause_connection(acme, by=branch_owner, reason="Holiday")
    on("2027-06-21")
    resume_connection(acme, by=branch_owner)
    client.force_login(branch_owner)

    lines = lines_of(client.get(url_of(run("2027-07"))))["Acme"]

    assert [line[2] for line in lines] == ["31 of 31", "20 of 30"]
    assert lines[1][4][0] == "£20.00 × 20 of 30 days = 13.33333, rounded to £13.33"


def test_what_is_given_back_and_exceeds_the_lines_is_carried(client, branch_owner, billed, run, on):
    """F-126a: the last line, and then none."""
    acme = billed("2027-05-01", name="Acme")
    run("2027-06")
    on("2027-06-11")
    disconnect_connection(acme, by=branch_owner, reason="Client request")
    client.force_login(branch_owner)

    response = client.get(url_of(run("2027-07")))

    assert response.context["steps"] == [
        "Lines −£13.33 = −£13.33",
        "Nothing is charged, and £13.33 is carried to the next invoice.",
    ]
    assert "Credit carried to the next invoice" in response.content.decode()


def test_a_restricted_client_is_named_to_its_own_people_alone(
    client, branch_owner, super_admin, branch, billed, run
):
    billed("2027-05-01", name="Secret Ltd", client_number="1099", restricted=True)
    invoice = run("2027-06")
    pages = {}

    for user in (branch_owner, super_admin):
        client.force_login(user)
        detail, export = url_of(invoice), url_of(invoice, "export/")
        pages[user] = client.get(detail).content.decode() + text(client.get(export))

    assert "Secret Ltd" not in pages[branch_owner]
    assert "1099" not in pages[branch_owner]
    assert "Restricted client" in pages[branch_owner]
    assert "Secret Ltd" in pages[super_admin]


def test_the_name_is_what_it_was(client, branch_owner, invoice):
    with make.arranging():
        Connection.objects.update(name="Acme Holdings")
    client.force_login(branch_owner)

    assert "Acme Bakery" in client.get(url_of(invoice)).content.decode()


def test_the_file_holds_every_line_with_its_figures(client, branch_owner, invoice):
    client.force_login(branch_owner)

    response = client.get(url_of(invoice, "export/"))

    assert response["Content-Disposition"].endswith(f'filename="invoice-{invoice.number}.csv"')
    rows = text(response).splitlines()
    assert [row.split(",")[:4] for row in rows[1:]] == [
        ["Acme Bakery", "2010", "Solo", "In advance"],
    ]
    assert rows[1].endswith("30,30,20.000,20.000,0.000,20.000,GBP")


def test_hundreds_of_lines_have_pages(client, branch_owner, branch, solo):
    draft = make.BranchInvoiceFactory(branch=branch, draft=True, month=date(2026, 1, 1))
    rows = make.ConnectionFactory.create_batch(3, branch=branch)
    with make.arranging():
        BranchInvoiceLine.objects.bulk_create(
            make.BranchInvoiceLineFactory.build(
                invoice=draft,
                firm=branch.firm,
                connection=row,
                client_name=f"Client {n:03}",
                plan=solo,
                kind=kind,
            )
            for n, row in enumerate(rows)
            for kind in ("advance", "adjustment")
        )
        BranchInvoice.objects.update(
            status="issued", number=1, issued_at="2026-01-01T00:00Z", due_on="2026-01-01"
        )
    client.force_login(branch_owner)

    response = client.get(url_of(draft))

    assert response.context["page"].label == "1–6 of 6"
    assert [client.name for client in response.context["clients"]] == [
        "Client 000",
        "Client 001",
        "Client 002",
    ]


def test_query_count_is_constant(client, branch_owner, billed, run, django_assert_max_num_queries):
    for n in range(3):
        billed("2027-05-01", name=f"Client {n}")
    invoice = run("2027-06")
    client.force_login(branch_owner)
    client.get(url_of(invoice))

    with django_assert_max_num_queries(11):
        client.get(url_of(invoice))
