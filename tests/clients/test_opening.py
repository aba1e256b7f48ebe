"""Opening client relationships, one or many."""

import pytest

from clients.actions.opening import NewClient, open_connections
from clients.models import ActivityEvent, Connection, ConnectionPeriod, Contact
from practice import tenancy
from practice.errors import Refused
from tests import factories


def a_client(name: str = "Acme", number: str = "", **facts) -> NewClient:
    return NewClient(name=name, billing_model="bill_us", client_number=number, **facts)


def test_clients_come_in_the_order_of_the_rows(firm, branch, super_admin):
    rows = [a_client(f"Client {number}") for number in range(3)]

    made = open_connections(firm, branch, rows, by=super_admin, reason="Added the client.")

    assert [row.name for row in made] == ["Client 0", "Client 1", "Client 2"]
    assert {row.account.name for row in made} == {row.name for row in made}
    assert ConnectionPeriod.objects.count() == 3
    assert set(ActivityEvent.objects.values_list("kind", "text", "actor")) == {
        ("connected", "Added the client.", super_admin.pk)
    }


def test_the_firms_own_realm_is_enough(firm, branch, super_admin):
    with tenancy.in_firm(firm.pk, super_admin.pk):
        [made] = open_connections(firm, branch, [a_client()], by=super_admin, reason="Added.")

        assert Connection.objects.get().account == made.account


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        (["AC1"], "This Client ID is already in use at your firm."),
        (["x", "X"], "Two of these clients have the Client ID x. Each client needs its own."),
    ],
)
def test_client_ids_are_once_per_firm(firm, branch, super_admin, numbers, says):
    factories.ConnectionFactory(branch=branch, client_number="ac1")

    with pytest.raises(Refused, match=says):
        open_connections(
            firm,
            branch,
            [a_client(number=number) for number in numbers],
            by=super_admin,
            reason="Added.",
        )

    assert Connection.objects.count() == 1


def test_a_contact_with_a_name_alone(firm, branch, super_admin):
    open_connections(firm, branch, [a_client(contact_name="Ann")], by=super_admin, reason="Added.")

    assert Contact.objects.get().name == "Ann"


def test_no_rows_are_no_work(firm, branch, super_admin):
    assert open_connections(firm, branch, [], by=super_admin, reason="Added.") == []
