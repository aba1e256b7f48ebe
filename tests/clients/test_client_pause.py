"""Pause Relationship and Resume Relationship over HTTP (F-063…F-069a)."""

from datetime import timedelta

import pytest

from clients.models import ActivityEvent, Connection, Note, TeamAssignment
from clients.roles import ConnectionStatus
from practice import clock
from tests import factories


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/pause/"


@pytest.fixture
def paused(branch, assigned_member):
    row = factories.ConnectionFactory(branch=branch, paused=True, client_pays=True, name="Delta")
    factories.TeamAssignmentFactory(content_object=row, user=assigned_member)
    return row


def test_the_menu_leads_there_and_says_what_it_does(client, branch_owner, connection, url):
    client.force_login(branch_owner)

    menu = client.get(f"/harbour/clients/{connection.pk}/menu/").content.decode()
    page = client.get(url).content.decode()

    assert f'<a href="{url}">Pause Relationship</a>' in menu
    assert "Not in this version yet" not in menu
    assert "billing for this client pauses by itself" in page


def test_pausing_with_a_reason(client, assigned_member, connection, url):
    client.force_login(assigned_member)
    until = clock.today() + timedelta(days=9)

    response = client.post(url, {"reason": "On hold", "until": until.isoformat()}, follow=True)

    row = Connection.objects.get()
    assert (row.status, row.paused_until) == (ConnectionStatus.PAUSED, until)
    html = response.content.decode()
    assert "Acme Bakery is paused." in html
    assert "Paused — connection active." in html
    assert Note.objects.get().text.endswith(": On hold")
    assert "On hold" not in "".join(ActivityEvent.objects.values_list("text", flat=True))


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"reason": ""}, "Say why."),
        ({"reason": "\u200b"}, "Say why."),
        ({"reason": "x", "until": "2020-01-01"}, "The end date has passed already."),
        ({"reason": "x", "until": "9999-12-31"}, "Choose a day before the year 2100."),
    ],
)
def test_what_is_wrong_is_said_at_the_field(client, branch_owner, url, answers, says):
    client.force_login(branch_owner)

    response = client.post(url, answers)

    assert response.status_code == 422
    assert says in response.content.decode()
    assert not Connection.objects.paused().exists()


def test_pausing_twice_is_a_message_and_no_second_event(client, branch_owner, url):
    client.force_login(branch_owner)
    client.post(url, {"reason": "On hold"})

    response = client.post(url, {"reason": "Again"}, follow=True)

    assert "Acme Bakery is paused already." in response.content.decode()
    assert ActivityEvent.objects.count() == Note.objects.count() == 1


def test_while_paused_the_team_reads_and_a_forged_post_is_refused(client, assigned_member, paused):
    client.force_login(assigned_member)
    detail = f"/harbour/clients/{paused.pk}/"

    page = client.get(detail)
    forged = client.post(f"{detail}edit/", {"contact_name": "Mallory", "version": 1})

    html = page.content.decode()
    assert (page.status_code, forged.status_code) == (200, 403)
    assert f'href="{detail}edit/"' not in html
    assert f'href="{detail}resume/"' in html
    assert TeamAssignment.objects.get(content_object=paused).get_role_display() == "Full Access"


def test_a_paused_client_pays_keeps_its_subscription(client, branch_owner, branch):
    row = factories.ConnectionFactory(
        branch=branch, client_pays=True, plan="Gold", account__plan="Gold"
    )
    client.force_login(branch_owner)
    page = client.get(f"/harbour/clients/{row.pk}/pause/").content.decode()

    client.post(f"/harbour/clients/{row.pk}/pause/", {"reason": "On hold"})

    row = Connection.objects.select_related("account").get()
    assert "The client pays its own subscription: it goes on" in page
    assert (row.plan, row.account.plan, row.account.archived_at) == ("Gold", "Gold", None)


def test_resuming(client, branch_owner, paused):
    client.force_login(branch_owner)
    url = f"/harbour/clients/{paused.pk}/resume/"
    page = client.get(url).content.decode()

    response = client.post(url, {"reason": ""}, follow=True)

    assert "Resume Relationship" in page
    assert "Delta is active again." in response.content.decode()
    assert not Connection.objects.paused().exists()


def test_resuming_an_active_one_changes_nothing(client, branch_owner, connection):
    client.force_login(branch_owner)
    url = f"/harbour/clients/{connection.pk}/resume/"

    response = client.post(url, follow=True)

    assert "Acme Bakery is active already." in response.content.decode()
    assert not ActivityEvent.objects.exists()


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 403), ("billing_admin", 403), ("unassigned_member", 404), ("outsider", 404)],
)
def test_others_cannot(client, request, url, persona, status):
    client.force_login(request.getfixturevalue(persona))

    response = client.post(url, {"reason": "Mischief"})

    assert response.status_code == status
    assert not Connection.objects.paused().exists()


def test_the_client_sees_the_state_and_never_the_reason(
    client, branch_owner, account_owner, connection, url
):
    client.force_login(branch_owner)
    client.post(url, {"reason": "Owes us money"})

    client.force_login(account_owner)
    pages = [
        client.get(f"/companies/{connection.account_id}/{page}")
        for page in ("", "external-access/")
    ]

    assert [page.status_code for page in pages] == [200, 200]
    assert "Paused" in pages[1].content.decode()
    assert not any("Owes us money" in page.content.decode() for page in pages)
