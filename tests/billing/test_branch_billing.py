"""Branch Billing: the next invoice and the invoices so far (F-122, F-128)."""

from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from tests import factories as make

pytestmark = pytest.mark.django_db
URL = "/harbour/billing/"
EXPORT = "/harbour/billing/invoices/export/"


@pytest.fixture
def dublin(firm):
    return make.BranchFactory(firm=firm, name="Dublin", currency="EUR", email="d@harbour.test")


def numbers(response) -> list[int]:
    return [invoice.number for invoice in response.context["page"]]


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("billing_admin", 200),
        ("viewer", 200),
        ("branch_owner", 200),
        ("branch_admin", 200),
        ("assigned_member", 403),
        ("contact", 404),
        ("outsider", 404),
    ],
)
def test_those_who_see_billing_see_it(persona_client, branch, persona, status):
    client = persona_client(persona)

    assert [client.get(url).status_code for url in (URL, EXPORT)] == [status, status]


@pytest.mark.parametrize(
    ("persona", "has_it"), [("branch_owner", True), ("assigned_member", False)]
)
def test_the_side_has_it_for_them(persona_client, branch, persona, has_it):
    page = persona_client(persona).get("/harbour/clients/").content.decode()

    assert (f'href="{URL}"' in page) is has_it


def test_the_next_invoice_says_what_and_when_and_why(client, branch_owner, billed, run):
    """F-013, F-013b."""
    billed("2027-05-01", name="Acme")
    billed("2027-05-01", name="Bolt")
    run("2027-06")
    billed("2027-06-16", name="Cobalt")
    client.force_login(branch_owner)

    response = client.get(URL)

    html = response.content.decode()
    assert "<b>£70.00</b>" in html
    assert '<time datetime="2027-07-01">1 Jul 2027</time>' in html
    assert response.context["steps"] == [
        "3 × £20.00 + £10.00 = £70.00",
        "Solo, July 2027 in advance: 3 × £20.00 = £60.00",
        "Cobalt, Solo, 16–30 June 2027: £20.00 × 15 of 30 days = £10.00",
    ]


def test_a_new_branch_is_told_what_will_stand_here(client, branch_owner):
    client.force_login(branch_owner)

    html = client.get(URL).content.decode()

    assert "No charges yet" in html
    assert "No invoices yet" in html


def test_invoices_the_newest_first_and_by_status(client, branch_owner, branch):
    for number, trait in ((1, "paid"), (2, "unpaid"), (3, "issued")):
        month = f"2026-0{number}-01"
        facts = {} if trait == "issued" else {trait: True}
        make.BranchInvoiceFactory(branch=branch, number=number, month=month, **facts)
    client.force_login(branch_owner)

    found = {
        status: numbers(client.get(URL, {"status": status}))
        for status in ("", "paid", "unpaid", "issued")
    }

    assert found == {"": [3, 2, 1], "paid": [1], "unpaid": [2], "issued": [3]}


def test_an_unknown_status_is_said(client, branch_owner, branch):
    make.BranchInvoiceFactory(branch=branch)
    client.force_login(branch_owner)

    response = client.get(URL, {"status": "nonsense"})

    assert response.status_code == 422
    assert "Select a valid choice" in response.content.decode()


def test_drafts_are_nobodys(client, branch_owner, branch):
    make.BranchInvoiceFactory(branch=branch, draft=True)
    client.force_login(branch_owner)

    assert numbers(client.get(URL)) == []


def test_other_branches_are_in_the_list_of_all_alone(client, super_admin, branch, dublin):
    ours = make.BranchInvoiceFactory(branch=branch, number=1)
    make.BranchInvoiceFactory(branch=dublin, number=2)
    make.BranchInvoiceFactory(branch=make.BranchFactory(), number=3)
    client.force_login(super_admin)

    everywhere = numbers(client.get(URL))
    client.post("/harbour/branch/", {"branch": branch.pk})
    here = numbers(client.get(URL))

    assert (everywhere, here) == ([2, 1], [ours.number])


def test_a_person_of_one_branch_sees_its_invoices_alone(client, branch_owner, branch, dublin):
    make.BranchInvoiceFactory(branch=branch, number=1)
    make.BranchInvoiceFactory(branch=dublin, number=2)
    client.force_login(branch_owner)

    rows = b"".join(client.get(EXPORT).streaming_content).decode().splitlines()

    assert numbers(client.get(URL)) == [1]
    assert [row.split(",")[:2] for row in rows[1:]] == [["1", "London"]]


def test_pages_of_many(client, branch_owner, branch):
    for number in range(1, 54):
        month = f"{2000 + number}-01-01"
        make.BranchInvoiceFactory(branch=branch, number=number, month=month)
    client.force_login(branch_owner)

    first = client.get(URL)
    second = client.get(URL + first.context["page"].next_url)

    assert first.context["page"].label == "1–50 of 53"
    assert numbers(second) == [3, 2, 1]


def test_the_workbook_holds_what_the_list_shows(client, branch_owner, branch):
    make.BranchInvoiceFactory(branch=branch, number=1, month="2026-01-01", total=Decimal("12.50"))
    make.BranchInvoiceFactory(branch=branch, number=2, month="2026-02-01", paid=True)
    client.force_login(branch_owner)

    file = b"".join(client.get(EXPORT, {"format": "xlsx", "status": "issued"}).streaming_content)

    header, *rows = load_workbook(BytesIO(file)).active.iter_rows(values_only=True)
    assert header[:3] == ("Invoice", "Branch", "Month")
    assert [row[:7] for row in rows] == [
        (1, "London", "2026-01", "Monthly", "Issued", "GBP", 12.5),
    ]


@pytest.mark.parametrize("persona", ["branch_owner", "super_admin"])
def test_query_count_is_constant(
    client, request, persona, branch, dublin, billed, django_assert_max_num_queries
):
    for number in range(1, 4):
        billed("2027-05-16")
        make.BranchInvoiceFactory(branch=dublin, number=100 + number, month=f"2026-0{number}-01")
    client.force_login(request.getfixturevalue(persona))
    client.get(URL)

    with django_assert_max_num_queries(25):
        client.get(URL)
