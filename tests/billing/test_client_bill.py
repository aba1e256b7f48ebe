"""The bill in a client's "Subscription Information" (F-043, F-043a, C15)."""

from datetime import date

import pytest

from billing.models import Plan
from clients.actions.relationships import pause_connection
from tests import factories as make

pytestmark = pytest.mark.django_db


def url_of(connection) -> str:
    return f"/harbour/billing/clients/{connection.pk}/"


def bill(client, connection) -> str:
    return client.get(url_of(connection), headers={"HX-Request": "true"}).content.decode()


def test_plan_since_when_and_the_next_charge(client, branch_owner, billed):
    acme = billed("2027-06-16", name="Acme")
    client.force_login(branch_owner)

    html = bill(client, acme)

    assert "<dd>Solo</dd>" in client.get(url_of(acme)).content.decode()
    assert "16 Jun 2027" in html
    assert "£20.00" in html
    assert "1 Jul 2027" in html


def test_a_paused_client_is_not_billed(client, branch_owner, billed, run, on):
    """F-064."""
    acme = billed("2027-05-01", name="Acme")
    run("2027-06")
    on("2027-06-16")
    pause_connection(acme, by=branch_owner, reason="Holiday")
    client.force_login(branch_owner)

    html = bill(client, acme)

    assert "Not billed</span> since" in html
    assert "−£10.00" in html


def test_an_unpaid_invoice_is_said(client, branch_owner, connection):
    make.SpanFactory(connection=connection, plan__name="Solo")
    make.PlanPriceFactory(plan=Plan.objects.get())
    unpaid = {"unpaid": True, "number": 77, "month": "2026-01-01"}
    make.BranchInvoiceFactory(branch=connection.branch, **unpaid)
    client.force_login(branch_owner)

    html = bill(client, connection)

    assert "Payment failed" in html
    assert "Invoice 77" in html


def test_who_was_never_billed_has_no_charges(client, branch_owner, connection):
    client.force_login(branch_owner)

    assert "No charges yet" in bill(client, connection)


def test_there_is_none_for_client_pays(client, super_admin, branch):
    """C15."""
    delta = make.ConnectionFactory(branch=branch, client_pays=True, name="Delta")
    client.force_login(super_admin)

    assert client.get(url_of(delta)).status_code == 404
    page = client.get(f"/harbour/clients/{delta.pk}/").content.decode()
    assert url_of(delta) not in page
    assert "Billing status" not in page


@pytest.mark.parametrize(
    ("persona", "status"), [("branch_owner", 200), ("assigned_member", 403), ("outsider", 404)]
)
def test_it_is_for_those_who_see_billing(persona_client, connection, persona, status):
    assert persona_client(persona).get(url_of(connection)).status_code == status


@pytest.mark.parametrize(
    ("persona", "has_it"), [("branch_owner", True), ("assigned_member", False)]
)
def test_the_clients_page_loads_it_for_them(persona_client, connection, persona, has_it):
    page = persona_client(persona).get(f"/harbour/clients/{connection.pk}/").content.decode()

    assert (f'hx-get="{url_of(connection)}"' in page) is has_it


def test_the_renewal_is_the_next_invoice_of_the_branch(client, branch_owner, billed):
    """F-043."""
    acme = billed("2027-12-16", name="Acme", account__renews_on=date(2027, 12, 20))
    client.force_login(branch_owner)

    html = client.get(f"/harbour/clients/{acme.pk}/").content.decode()

    assert "1 Jan 2028" in html
    assert "20 Dec 2027" not in html


def test_query_count_is_constant(client, branch_owner, billed, django_assert_max_num_queries):
    acme = billed("2027-06-01", name="Acme")
    for _ in range(10):
        billed("2027-06-01")
    client.force_login(branch_owner)
    bill(client, acme)

    with django_assert_max_num_queries(26):
        bill(client, acme)
