"""External Access: the owner's own side of the connection (F-074, F-075, F-078, F-079)."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from clients.actions.relationships import disconnect_connection
from clients.models import ActivityEvent, ClientAccount, Connection, Task, TeamAssignment
from clients.models.external import REQUEST
from practice.models import Message
from tests import factories


@pytest.fixture
def delta(branch, account_owner, assigned_member):
    """A Client Pays connection of Arthur's second company, with Mia assigned."""
    row = factories.ConnectionFactory(
        branch=branch, client_pays=True, name="Delta Design", account__owner=account_owner
    )
    factories.TeamAssignmentFactory(content_object=row, user=assigned_member)
    return row


def url(row, page: str = "") -> str:
    tail = f"{row.pk}/{page}/" if page else ""
    return f"/companies/{row.account_id}/external-access/{tail}"


def test_it_names_firms_with_status_and_level_of_all_firms(client, account_owner, delta, outsider):
    southgate = factories.BranchFactory(firm=outsider.team_members.get().firm, name="Southgate 2")
    factories.ConnectionFactory(branch=southgate, account=delta.account, paused=True)
    client.force_login(account_owner)

    html = client.get(url(delta)).content.decode()

    for words in (
        "External Access",
        "Harbour Accounting",
        "Southgate Books",
        "Paused",
        "Full Access",
        "Request disconnection",
        "Disconnect",
    ):
        assert words in html


def test_queries_do_not_grow_with_firms(client, account_owner, delta):
    client.force_login(account_owner)
    client.get(url(delta))
    with CaptureQueriesContext(database) as one:
        client.get(url(delta))
    for _ in range(2):
        factories.ConnectionFactory(account=delta.account)

    with CaptureQueriesContext(database) as three:
        client.get(url(delta))

    assert len(one) == len(three)


def test_the_owner_disconnects_and_the_firm_is_told(
    client, account_owner, branch_owner, assigned_member, delta
):
    client.force_login(account_owner)
    page = client.get(url(delta, "disconnect")).content.decode()

    response = client.post(url(delta, "disconnect"), follow=True)

    row = Connection.objects.get(pk=delta.pk)
    account = ClientAccount.objects.get(pk=delta.account_id)
    assert "Loses access to" in page
    assert "Harbour Accounting no longer reaches Delta Design." in response.content.decode()
    assert (row.is_open, row.disconnect_reason) == (False, "Client request")
    assert not TeamAssignment.objects.filter(content_object=row).exists()
    assert set(Message.objects.values_list("recipient", flat=True)) == {
        "mia@harbour.test",
        "london@harbour.test",
    }
    assert Message.objects.first().subject == "Delta Design disconnected your firm"
    said = f"on {row.disconnected_at:%-d %B %Y, %H:%M} UTC"
    assert said in Message.objects.first().body
    assert (account.archived_at, account.history.count()) == (None, 1)
    assert row.history.first().history_user == account_owner
    assert "No accountant is connected" in client.get(url(delta)).content.decode()
    client.force_login(branch_owner)
    assert "Delta Design" not in client.get("/harbour/clients/").content.decode()
    client.force_login(assigned_member)
    dashboard = client.get(f"/harbour/clients/{delta.pk}/dashboard/")
    assert dashboard.status_code == 403
    assert "No longer connected" in dashboard.content.decode()


def test_disconnecting_twice_is_not_found_and_says_nothing_twice(client, account_owner, delta):
    client.force_login(account_owner)
    client.post(url(delta, "disconnect"))

    response = client.post(url(delta, "disconnect"))

    assert response.status_code == 404
    assert ActivityEvent.objects.count() == 1
    assert Message.objects.count() == 2


def test_a_bill_us_owner_cannot_disconnect(client, account_owner, connection):
    client.force_login(account_owner)

    html = client.get(url(connection)).content.decode()
    response = client.post(url(connection, "disconnect"), follow=True)

    assert "Request disconnection" in html
    assert f'href="{url(connection, "disconnect")}"' not in html
    assert "Your accountant pays for this account" in response.content.decode()
    assert Connection.objects.get(pk=connection.pk).is_open


def test_asking_becomes_a_task_of_the_firm_once(client, account_owner, assigned_member, connection):
    with factories.arranging():
        TeamAssignment.objects.filter(content_object=connection).update(is_primary=True)
    client.force_login(account_owner)

    client.post(url(connection, "request"), {"message": "We close in May."})
    again = client.post(url(connection, "request"), {"message": "Hello?"}, follow=True)

    task = Task.objects.get()
    assert (task.connection, task.title, task.assignee) == (connection, REQUEST, assigned_member)
    assert "Reason: Client request." in task.details
    assert "We close in May." in task.details
    html = again.content.decode()
    assert "You have asked already." in html
    assert "You asked to disconnect" in html
    assert Connection.objects.get(pk=connection.pk).is_open


def test_a_client_pays_owner_has_no_need_to_ask(client, account_owner, delta):
    client.force_login(account_owner)

    response = client.post(url(delta, "request"), follow=True)

    assert "you can disconnect the accountant at once" in response.content.decode()
    assert not Task.objects.exists()


def test_an_archived_account_reads_and_does_not_write(
    client, account_owner, branch_owner, connection
):
    disconnect_connection(connection, by=branch_owner)
    client.force_login(account_owner)
    settings = f"/companies/{connection.account_id}/"
    answers = {"name": "Acme Bread", "tax_id": "", "address": "", "website": "", "phone": ""}

    page = client.get(settings)
    refused = client.post(settings, answers)

    assert page.status_code == 200
    assert "subscribe to continue" in page.content.decode()
    assert refused.status_code == 422
    assert "Subscribe to continue" in refused.content.decode()
    assert ClientAccount.objects.get().name == "Acme Bakery"
    with factories.arranging():
        ClientAccount.objects.update(archived_at=None)  # what a plan of its own does
    assert client.post(settings, answers).status_code == 302


@pytest.mark.parametrize("persona", ["branch_owner", "contact", "super_admin", "outsider"])
def test_only_the_owner_gets_in(client, request, delta, persona):
    client.force_login(request.getfixturevalue(persona))

    answers = [
        client.get(url(delta)),
        client.post(url(delta, "disconnect")),
        client.post(url(delta, "request")),
    ]

    assert [answer.status_code for answer in answers] == [404] * 3
    assert Connection.objects.get(pk=delta.pk).is_open


def test_a_connection_of_another_company_is_not_found(client, account_owner, delta, outsider):
    theirs = Connection.objects.get(name="Smith, Jane")
    client.force_login(account_owner)

    response = client.post(f"/companies/{delta.account_id}/external-access/{theirs.pk}/disconnect/")

    assert response.status_code == 404
    assert Connection.objects.get(pk=theirs.pk).is_open
