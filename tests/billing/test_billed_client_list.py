"""Charge Us clients: who will be on the next invoice, and with what."""

import pytest

from billing.reckoning import estimate
from clients.actions.relationships import disconnect_connection
from tests import factories as make

pytestmark = pytest.mark.django_db
URL = "/harbour/billing/clients/"
EXPORT = f"{URL}export/"


def amounts(response) -> dict[str, tuple[str, str, str]]:
    return {
        one.name: tuple(f"{sum_:.2f}" for sum_ in (one.ahead_sum, one.settled_sum, one.total))
        for one in response.context["clients"]
    }


def test_each_client_with_its_part(client, branch_owner, branch, billed, run, on):
    """F-122, F-250: together they are the estimate."""
    billed("2027-05-01", name="Acme")
    gone = billed("2027-05-01", name="Bolt")
    run("2027-06")
    billed("2027-06-16", name="Cobalt")
    make.ConnectionFactory(branch=branch, name="Delta", client_pays=True)
    on("2027-06-16")
    disconnect_connection(gone, by=branch_owner, reason="Client request")
    client.force_login(branch_owner)

    response = client.get(URL)

    assert amounts(response) == {
        "Acme": ("20.00", "0.00", "20.00"),
        "Bolt": ("0.00", "-10.00", "-10.00"),
        "Cobalt": ("20.00", "10.00", "30.00"),
    }
    assert sum(one.total for one in response.context["clients"]) == estimate(branch).total
    assert "also called bill us" in response.content.decode().lower()


def test_the_file_says_the_same(client, branch_owner, billed):
    billed("2027-05-16", name="Acme", client_number="1010")
    client.force_login(branch_owner)

    rows = b"".join(client.get(EXPORT).streaming_content).decode().splitlines()

    assert rows[1:] == ["Acme,1010,Solo,GBP,20.000,0,20.000"]


def test_a_restricted_client_has_no_name_here(client, branch_owner, billed):
    billed("2027-05-16", name="Secret Ltd", restricted=True)
    client.force_login(branch_owner)

    html = client.get(URL).content.decode()

    assert "Secret Ltd" not in html
    assert "Restricted client" in html


def test_all_branches_have_no_common_list(client, super_admin, branch):
    client.force_login(super_admin)

    assert "Choose a branch" in client.get(URL).content.decode()
    assert "Choose a branch" in client.get(EXPORT).content.decode()


def test_nobody_yet(client, branch_owner):
    client.force_login(branch_owner)

    assert "No Charge Us clients yet" in client.get(URL).content.decode()


def test_query_count_is_constant(client, branch_owner, billed, django_assert_max_num_queries):
    for n in range(3):
        billed("2027-05-16", name=f"Client {n}")
    client.force_login(branch_owner)
    client.get(URL)

    with django_assert_max_num_queries(26):
        client.get(URL)
