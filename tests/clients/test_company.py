"""Company settings in the client's own account (F-049, F-220)."""

import pytest

from clients.models import ActivityEvent, ClientAccount, Connection
from practice.models import User
from tests import factories


def url(connection: Connection) -> str:
    return f"/companies/{connection.account_id}/"


def settings(**changes) -> dict[str, str]:
    return {
        "name": "Acme Bread",
        "tax_id": "GB 1",
        "address": "",
        "website": "",
        "phone": "",
        **changes,
    }


def test_a_new_name_reaches_every_firm_and_the_timeline(
    client, account_owner, connection, outsider
):
    southgate = factories.BranchFactory(firm=outsider.team_members.get().firm)
    elsewhere = factories.ConnectionFactory(branch=southgate, account=connection.account)
    client.force_login(account_owner)

    response = client.post(url(connection), settings())

    assert response.status_code == 302
    for row in Connection.objects.filter(pk__in=[connection.pk, elsewhere.pk]):
        assert (row.name, row.name_sort) == ("Acme Bread", "acme bread")
        assert "acme bread" in row.search_text
    event = ActivityEvent.objects.filter(connection=connection).get()
    assert event.text == "Arthur Acme renamed the company from Acme Bakery to Acme Bread"
    assert connection.account.history.first().history_user == User.objects.get(pk=account_owner.pk)


def test_the_firm_sees_the_new_name_at_once(client, account_owner, branch_owner, connection):
    client.force_login(account_owner)
    client.post(url(connection), settings())

    client.force_login(branch_owner)

    assert "Acme Bread" in client.get("/harbour/clients/").content.decode()


def test_an_empty_name_is_refused(client, account_owner, connection):
    client.force_login(account_owner)

    response = client.post(url(connection), settings(name=" \u200b "))

    assert response.status_code == 422
    assert Connection.objects.get().name == "Acme Bakery"


def test_only_the_owner_gets_in(client, branch_owner, contact, connection):
    for stranger in (branch_owner, contact):
        client.force_login(stranger)

        assert client.get(url(connection)).status_code == 404
        assert client.post(url(connection), settings()).status_code == 404


def test_the_list_of_ones_companies(client, account_owner, connection):
    factories.ClientAccountFactory(name="Not mine")
    client.force_login(account_owner)

    html = client.get("/companies/").content.decode()

    assert "Acme Bakery" in html
    assert "Not mine" not in html


def test_all_five_details_are_kept(client, account_owner, connection):
    client.force_login(account_owner)
    facts = {
        "name": "Acme Bread",
        "tax_id": "GB 12",
        "address": "1 Mill Lane\nLondon",
        "website": "acme.example",
        "phone": "+44 20 7946 0000",
    }

    client.post(url(connection), facts)

    account = ClientAccount.objects.get(pk=connection.account_id)
    kept = {name: getattr(account, name) for name in facts}
    assert kept == facts


@pytest.mark.parametrize("website", ["javascript:alert(1)", "ftp://acme.example", "two words"])
def test_what_is_no_web_address_is_refused(client, account_owner, connection, website):
    client.force_login(account_owner)

    response = client.post(url(connection), settings(website=website))

    assert response.status_code == 422
    assert "Enter a web address" in response.content.decode()
    assert ClientAccount.objects.get(pk=connection.account_id).website == ""
