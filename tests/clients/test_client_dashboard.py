"""The Client Dashboard: nine facts, five checks, and who reads them (F-129…F-141)."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from clients.models import ClientAccount, Connection
from clients.roles import ConnectionStatus
from tests import factories


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/dashboard/"


def arrange(connection: Connection, **facts) -> None:
    with factories.arranging():
        Connection.objects.filter(pk=connection.pk).update(**facts)


def facts_of(html: str) -> dict[str, str]:
    """The card “Account”: name to words."""
    card = html.split("<h2>Account</h2>")[1].split("</section>")[0]
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", card, re.DOTALL)
    return {name: " ".join(re.sub(r"<[^>]+>", " ", words).split()) for name, words in pairs}


def test_the_nine_facts(client, assigned_member, account_owner, connection, url):
    with factories.arranging():
        ClientAccount.objects.filter(pk=connection.account_id).update(
            name="Acme Bakery Ltd", industry="Hospitality"
        )
    arrange(connection, plan="Pro", last_accessed_at=timezone.now())
    factories.UsageSnapshotFactory(
        connection=connection,
        last_job_at=timezone.now(),
        accounting_package="Ledgerline",
        add_ons=["Job costing", "Timesheets"],
        unscheduled_jobs=5,
    )
    client.force_login(assigned_member)

    found = facts_of(client.get(url).content.decode())

    assert found.pop("Date last job booked").endswith(str(timezone.localdate().year))
    assert found == {
        "Business Name": "Acme Bakery Ltd",
        "Account Owner Name": "Arthur Acme",
        "Account owner email": "arthur@acme.test",
        "Plan type": "Pro",
        "Accounting package": "Ledgerline",
        "Industry": "Hospitality",
        "Add-ons activated": "Job costing, Timesheets",
        "Trusted Advisor Health checks": "1 of 5 need attention",
        "Access Status": "Active 60 days left",
    }


def test_what_is_missing_says_so(client, assigned_member, connection, url):
    arrange(connection, plan="")
    client.force_login(assigned_member)

    found = facts_of(client.get(url).content.decode())

    assert {
        name: found[name] for name in found if name not in ("Business Name", "Access Status")
    } == {
        "Account Owner Name": "No owner yet",
        "Account owner email": "No owner yet",
        "Date last job booked": "No jobs booked yet",
        "Plan type": "No plan yet",
        "Accounting package": "No accounting package connected",
        "Industry": "No industry given",
        "Add-ons activated": "No add-ons activated",
        "Trusted Advisor Health checks": "Not reported yet",
    }


def test_each_check_tells_why_and_what_to_do(client, assigned_member, connection, url):
    factories.UsageSnapshotFactory(connection=connection, unscheduled_jobs=5, unsent_jobs=3)
    client.force_login(assigned_member)

    html = client.get(url).content.decode()
    card = html.split('id="health"')[1].split("</section>")[0]

    for words in (
        "Multiple unscheduled jobs",
        "5 unscheduled jobs",
        "At most 1 unscheduled job",
        "No jobs being booked/created",
        "No jobs booked yet",
        "Not integrated to accounting package",
        "Jobs not sent through to accounting package",
        "3 unsent jobs",
        "Not using add-ons",
    ):
        assert words in card
    assert [card.count(f"<dt>{word}</dt>") for word in ("Rule", "Value", "Threshold")] == [5, 5, 5]
    assert card.count("<dt>What to do</dt>") == 5


def test_cancel_connection_opens_the_disconnect_form(client, branch_owner, connection, url):
    factories.TeamAssignmentFactory(content_object=connection, user=branch_owner)
    client.force_login(branch_owner)

    html = client.get(url).content.decode()

    target = f"/harbour/clients/{connection.pk}/disconnect/"
    assert re.search(rf'href="{target}"[^>]*>\s*Cancel connection', html)
    assert client.get(target).status_code == 200


def test_cancel_connection_names_the_permission_that_lacks(client, assigned_member, url):
    client.force_login(assigned_member)

    html = client.get(url).content.decode()

    assert re.search(r'aria-disabled="true"[^>]*“Delete Clients”[^>]*>\s*Cancel connection', html)


@pytest.mark.parametrize("status", [ConnectionStatus.PENDING, ConnectionStatus.RECONNECTING])
def test_before_the_client_accepted_there_is_none(client, super_admin, connection, url, status):
    arrange(connection, status=status)
    client.force_login(super_admin)

    overview = client.get(f"/harbour/clients/{connection.pk}/").content.decode()

    assert "Client Dashboard" not in overview
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("status", [ConnectionStatus.ACTIVE, ConnectionStatus.PAUSED])
def test_once_connected_it_is_there(client, assigned_member, connection, url, status):
    arrange(connection, status=status, paused_at=timezone.now())
    client.force_login(assigned_member)

    overview = client.get(f"/harbour/clients/{connection.pk}/").content.decode()

    assert f'href="{url}"' in overview
    assert client.get(url).status_code == 200


def test_of_an_ended_client_it_is_closed(client, branch_owner, connection, url):
    now = timezone.now()
    arrange(connection, status=ConnectionStatus.DISCONNECTED, disconnected_at=now)
    client.force_login(branch_owner)

    response = client.get(url)

    assert (response.status_code, b"No longer connected" in response.content) == (403, True)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"access_disabled_at": timezone.now()}, "Disabled by client"),
        ({"access_requested_at": timezone.now()}, "Requested"),
        ({"last_accessed_at": timezone.now() - timedelta(days=60)}, "Expired"),
    ],
)
def test_while_access_is_closed_it_shows_the_status_alone(
    client, assigned_member, account_owner, connection, url, facts, says
):
    arrange(connection, **facts)
    client.force_login(assigned_member)

    response = client.get(url)

    found = facts_of(response.content.decode())
    assert (response.status_code, sorted(found)) == (403, ["Access Status", "Why"])
    assert found["Access Status"] == says
    assert "arthur@acme.test" not in response.content.decode()


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 403),
        ("branch_admin", 403),
        ("viewer", 403),
        ("unassigned_member", 404),
        ("outsider", 404),
        ("account_owner", 404),
    ],
)
def test_who_holds_no_access_reads_nothing(persona_client, url, persona, status):
    assert persona_client(persona).get(url).status_code == status


def test_it_reads_a_set_number_of_queries(
    client, assigned_member, account_owner, connection, url, django_assert_num_queries
):
    factories.UsageSnapshotFactory(connection=connection)
    client.force_login(assigned_member)
    client.get(url)

    with django_assert_num_queries(15):
        client.get(url)
