"""`manage.py check_integrity`: copied columns are compared with their sources, and corrected."""

import pytest
from django.core.management import CommandError, call_command

from clients.actions.integrity import check_connections
from clients.models import ClientAccount, Connection
from practice.history import because
from tests.factories import ConnectionFactory, TagFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(firm, branch, connection):
    """Acme with every copied column wrong; its tag of another firm, and one that is gone."""
    mine, foreign = TagFactory(firm=firm, name="VIP"), TagFactory()
    ConnectionFactory(branch=branch, name="Sound Ltd")
    with because("Broken by a test."):
        ClientAccount.objects.filter(pk=connection.account_id).update(
            name="Åcme Bakery", plan="Pro", subscription_status="trial"
        )
        Connection.objects.filter(pk=connection.pk).update(
            tag_ids=[mine.pk, foreign.pk, 999_999],
            name_sort="zzz",
            search_text="nothing",
            client_number_key="x",
        )
    return mine


def test_it_finds_every_column_that_differs(connection, broken):
    found = {difference.column: difference.should_be for difference in check_connections()}

    assert found == {
        "name": "Åcme Bakery",
        "name_sort": "acme bakery",
        "plan": "Pro",
        "subscription_status": "trial",
        "client_number_key": "1010",
        "tag_ids": [broken.pk],
        "search_text": "åcme bakery\n1010\nvip",
    }


def test_it_complains_and_then_corrects(connection, broken, capsys):
    with pytest.raises(CommandError, match="7 differences"):
        call_command("check_integrity")
    call_command("check_integrity", "--fix")
    call_command("check_integrity")

    connection.refresh_from_db()
    assert (connection.name, connection.tag_ids) == ("Åcme Bakery", [broken.pk])
    assert capsys.readouterr().out.endswith("7 differences corrected.\nEverything agrees.\n")
    reasons = Connection.history.filter(id=connection.pk).values_list("history_change_reason")
    assert reasons[0] == ("Corrected a copied fact that had come to differ from its source.",)


def test_the_order_of_search_words_does_not_matter(connection):
    with because("Turned round."):
        Connection.objects.update(search_text="1010\nacme bakery")

    assert list(check_connections()) == []


def test_a_closed_relationship_keeps_the_company_as_it_was(branch):
    closed = ConnectionFactory(branch=branch, name="Old Name", disconnected=True)
    with because("Renamed later."):
        ClientAccount.objects.filter(pk=closed.account_id).update(name="New Name")

    assert list(check_connections()) == []
