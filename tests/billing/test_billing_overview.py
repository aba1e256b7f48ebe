"""What each branch owes and will owe, with a total for each currency (F-015a)."""

from decimal import Decimal

import pytest

from tests import factories as make

pytestmark = pytest.mark.django_db
URL = "/harbour/billing/overview/"


@pytest.fixture
def branches(firm, branch):
    leeds = make.BranchFactory(firm=firm, name="Leeds", email="l@harbour.test")
    dublin = make.BranchFactory(firm=firm, name="Dublin", currency="EUR", email="d@harbour.test")
    return {"London": branch, "Leeds": leeds, "Dublin": dublin}


def test_each_branch_and_a_total_per_currency(client, viewer, branches, billed, run):
    billed("2027-06-16")
    billed("2027-06-16", at=branches["Leeds"])
    run("2027-07")
    make.BranchInvoiceFactory(
        branch=branches["London"], unpaid=True, month="2026-01-01", number=90, total="7.50"
    )
    make.BranchInvoiceFactory(
        branch=branches["London"], paid=True, month="2026-02-01", number=91, total="9.00"
    )
    client.force_login(viewer)

    context = client.get(URL).context

    assert [
        (one.branch.name, one.unpaid, one.owed, one.estimate.total) for one in context["bills"]
    ] == [
        ("Dublin", 0, 0, 0),
        ("Leeds", 1, Decimal(10), Decimal(20)),
        ("London", 3, Decimal("37.50"), Decimal(20)),
    ]
    assert [
        (one.currency, one.branches, one.clients, one.owed, one.next) for one in context["totals"]
    ] == [("EUR", 1, 0, 0, 0), ("GBP", 2, 2, Decimal("47.50"), Decimal(40))]


def test_the_page_says_amounts_and_where_there_are_none(client, viewer, branches, billed):
    billed("2027-06-16")
    client.force_login(viewer)

    foot = client.get(URL).content.decode().split("<tfoot>")[1].split("</tfoot>")[0]

    assert "Total GBP" in foot
    assert "£20.00" in foot
    assert foot.count("No charges yet") == 1


def test_a_person_of_one_branch_sees_no_other(client, branch_owner, branches):
    client.force_login(branch_owner)

    assert [one.branch.name for one in client.get(URL).context["bills"]] == ["London"]


def test_many_branches_have_pages_and_one_total(client, super_admin, firm):
    for number in range(51):
        make.BranchFactory(firm=firm, name=f"Branch {number:02}")
    client.force_login(super_admin)

    second = client.get(URL, {"branches": "2"})

    assert [one.branch.name for one in second.context["bills"]] == ["Branch 50"]
    assert second.context["totals"][0].branches == 51


def test_query_count_is_constant(client, super_admin, firm, billed, django_assert_max_num_queries):
    for _ in range(6):
        billed("2027-06-01", at=make.BranchFactory(firm=firm))
    client.force_login(super_admin)
    client.get(URL)

    with django_assert_max_num_queries(20):
        client.get(URL)
