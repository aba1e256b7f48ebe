"""One client's workspace (F-041…F-046, F-038a): its blocks, tabs and neighbours."""

import pytest
from django.utils import timezone

from clients.models import Connection
from clients.roles import ClientRole, ConnectionStatus
from tests import factories

TABS = ("", "activity/", "notes/", "files/", "contacts/", "team/", "access-history/")


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/"


def arrange(connection: Connection, **facts) -> None:
    with factories.arranging():
        Connection.objects.filter(pk=connection.pk).update(**facts)


@pytest.mark.parametrize(("tab", "says"), [("", "Close"), ("activity/", "Close · Activity")])
def test_the_path_names_the_client_and_the_page(client, branch_owner, url, tab, says):
    client.force_login(branch_owner)

    html = client.get(f"{url}{tab}?q=acme").content.decode()

    path = html.split('class="crumbs"')[1].split("</nav>")[0]
    assert f'<a href="{url}?q=acme"><bdi>Acme Bakery</bdi></a><span>{says}</span>' in path


def test_the_five_blocks(client, branch_owner, url):
    client.force_login(branch_owner)

    html = client.get(url).content.decode()

    for block in (
        "Account Details",
        "Subscription Information",
        "Access Configuration",
        "Integration Status",
        "Activity Summary",
    ):
        assert block in html


def test_usage_is_shown_as_reported(client, branch_owner, connection, url):
    factories.UsageSnapshotFactory(
        connection=connection,
        transactions=412,
        monthly=list(range(12)),
        bank_accounts=2,
        bank_accounts_expired=1,
    )
    client.force_login(branch_owner)

    html = client.get(url).content.decode()

    for words in ("412 in 30 days", "1 expired", "Needs attention", "30 of 100"):
        assert words in html


def test_without_usage_the_blocks_are_honest(client, branch_owner, url):
    client.force_login(branch_owner)

    assert "No usage reported yet" in client.get(url).content.decode()


@pytest.mark.parametrize(("model", "shown"), [("bill_us", True), ("client_pays", False)])
def test_billing_status_is_for_bill_us_only(client, branch_owner, branch, model, shown):
    row = factories.ConnectionFactory(branch=branch, billing_model=model)
    client.force_login(branch_owner)

    html = client.get(f"/harbour/clients/{row.pk}/").content.decode()

    assert ("Billing status" in html) is shown


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_opens(client, branch_owner, url, tab):
    client.force_login(branch_owner)

    assert client.get(url + tab).status_code == 200


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("super_admin", 200),
        ("branch_admin", 200),
        ("assigned_member", 200),
        ("viewer", 200),
        ("billing_admin", 200),
        ("unassigned_member", 404),
        ("outsider", 404),
        ("contact", 404),
    ],
)
def test_who_opens_a_client(persona_client, url, persona, status):
    assert persona_client(persona).get(url).status_code == status


def test_foreign_and_unknown_ids_answer_the_same_bytes(client, outsider, connection):
    client.force_login(outsider)

    foreign = client.get(f"/southgate/clients/{connection.pk}/")
    unknown = client.get("/southgate/clients/987654321/")

    assert (foreign.status_code, unknown.status_code) == (404, 404)
    assert foreign.content == unknown.content


def test_internal_notes_are_for_those_who_may_read_them(
    client, billing_admin, viewer, connection, url
):
    arrange(connection, internal_notes="Owner is ill")

    client.force_login(viewer)
    assert "Owner is ill" in client.get(url).content.decode()

    client.force_login(billing_admin)
    assert "Owner is ill" not in client.get(url).content.decode()
    assert client.get(f"{url}notes/").status_code == 403


def test_a_paused_client_says_so_and_closes_its_forms(client, assigned_member, connection, url):
    arrange(connection, status=ConnectionStatus.PAUSED, paused_at=timezone.now())
    client.force_login(assigned_member)

    html = client.get(url).content.decode()

    assert "Paused — connection active." in html
    assert client.get(f"{url}edit/").status_code == 403


def test_a_disconnected_client_is_history_for_holders_alone(
    client, branch_owner, assigned_member, connection, url
):
    arrange(connection, status=ConnectionStatus.DISCONNECTED, disconnected_at=timezone.now())

    client.force_login(branch_owner)
    assert "historical records" in client.get(url).content.decode()

    client.force_login(assigned_member)
    assert client.get(url).status_code == 403


def test_the_arrows_walk_the_filtered_list(client, branch_owner, branch):
    rows = [factories.ConnectionFactory(branch=branch, name=f"Acme {n}") for n in range(3)]
    factories.ConnectionFactory(branch=branch, name="Acme 1b", client_pays=True)
    client.force_login(branch_owner)

    context = client.get(f"/harbour/clients/{rows[1].pk}/?q=acme&model=bill_us").context

    assert context["previous_url"] == f"/harbour/clients/{rows[0].pk}/?q=acme&model=bill_us"
    assert context["next_url"] == f"/harbour/clients/{rows[2].pk}/?q=acme&model=bill_us"


def test_the_ends_of_the_list_have_one_arrow(client, branch_owner, connection, url):
    client.force_login(branch_owner)

    context = client.get(url).context

    assert (context["previous_url"], context["next_url"]) == ("", "")


def test_why_shows_the_chain_of_rules(client, assigned_member, url):
    client.force_login(assigned_member)

    html = client.get(url).content.decode()

    assert "You work at this firm." in html
    assert "You are assigned to this client." in html


def test_contacts_and_their_permissions(client, branch_owner, contact, connection, url):
    client.force_login(branch_owner)

    html = client.get(f"{url}contacts/").content.decode()

    assert "Cara Client" in html
    assert "Client admin" in html


def test_limited_access_is_named(client, branch, connection, unassigned_member, url):
    factories.TeamAssignmentFactory(
        content_object=connection, user=unassigned_member, role=ClientRole.LIMITED
    )
    client.force_login(unassigned_member)

    assert "Limited Access" in client.get(url).content.decode()


def test_the_query_count_does_not_grow(
    client, branch_owner, connection, url, django_assert_max_num_queries
):
    for _ in range(3):
        factories.ActivityEventFactory(connection=connection)
        factories.TeamAssignmentFactory(content_object=connection)
    client.force_login(branch_owner)

    with django_assert_max_num_queries(28):
        client.get(url)
