"""Request access: what the firm asks the owner of an account that is shut to it (F-143)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from clients.actions.access_requests import request_access
from clients.actions.relationships import disconnect_connection
from clients.models import AccessRequest, ActivityEvent, ClientMessage, Connection
from clients.roles import AccessStatus, ClientRole
from practice.errors import Refused
from practice.models import Message
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def shut(connection, account_owner) -> Connection:
    """Nobody opened the account for sixty days."""
    with factories.arranging():
        Connection.objects.update(last_accessed_at=timezone.now() - timedelta(days=60))
    return Connection.objects.get()


@pytest.fixture
def url(connection) -> str:
    return f"/harbour/clients/{connection.pk}/"


def form(reason: str = "The year-end accounts are due") -> dict[str, str]:
    return {"reason": reason, "key": str(uuid4())}


def test_the_owner_is_told_and_the_status_is_requested(client, assigned_member, shut, url):
    client.force_login(assigned_member)
    before = client.get(f"{url}dashboard/").content.decode()

    page = client.post(f"{url}request-access/", form(), follow=True).content.decode()

    asked = AccessRequest.objects.get()
    mail = Message.objects.get()
    assert "Request access" in before
    for words in ("Requested", "Mia London Member", "“The year-end accounts are due”"):
        assert words in page
    assert "Request access</a>" not in page
    assert Connection.objects.get().access_status == AccessStatus.REQUESTED
    assert (mail.recipient, mail.subject) == (
        "arthur@acme.test",
        "Harbour Accounting asks for access to Acme Bakery",
    )
    assert f"/companies/{shut.account_id}/staff/" in mail.body
    assert "The year-end accounts are due" in mail.body
    assert ClientMessage.objects.get().written_by == assigned_member
    assert asked.history.get().history_user == assigned_member
    says = list(ActivityEvent.objects.order_by("pk").values_list("text", flat=True))
    assert says == [
        "The firm’s access to the account expired after 60 days without a visit",
        "Mia London Member asked the client for access",
    ]


def test_a_second_request_is_refused_while_one_is_open(client, assigned_member, shut, url):
    client.force_login(assigned_member)
    client.post(f"{url}request-access/", form())

    page = client.get(f"{url}request-access/").content.decode()
    again = client.post(f"{url}request-access/", form("Please"))

    assert "waits for the client’s answer" in page
    assert (again.status_code, "has asked already" in again.content.decode()) == (422, True)
    assert (AccessRequest.objects.count(), Message.objects.count()) == (1, 1)


def test_two_clicks_are_one_request(client, assigned_member, shut, url):
    client.force_login(assigned_member)
    same = form()

    answers = [client.post(f"{url}request-access/", same).status_code for _ in range(2)]

    assert (answers, AccessRequest.objects.count()) == ([302, 302], 1)


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reason_is_needed(client, assigned_member, shut, url, reason):
    client.force_login(assigned_member)

    response = client.post(f"{url}request-access/", form(reason))

    assert (response.status_code, "Say why" in response.content.decode()) == (422, True)
    assert not AccessRequest.objects.exists()


def test_what_is_disabled_may_be_asked_for_and_stays_disabled(client, assigned_member, shut, url):
    with factories.arranging():
        Connection.objects.update(access_disabled_at=timezone.now())
    client.force_login(assigned_member)

    client.post(f"{url}request-access/", form())

    row = Connection.objects.get()
    assert (row.access_status, AccessRequest.objects.open().count()) == (AccessStatus.DISABLED, 1)


def test_of_active_access_nothing_is_asked(client, assigned_member, connection, url):
    client.force_login(assigned_member)

    page = client.get(f"{url}request-access/", follow=True).content.decode()
    response = client.post(f"{url}request-access/", form())

    assert "nothing to ask for" in page
    assert (response.status_code, AccessRequest.objects.count()) == (422, 0)


def test_an_account_of_nobody_has_nobody_to_ask(client, assigned_member, connection, url):
    with factories.arranging():
        Connection.objects.update(last_accessed_at=timezone.now() - timedelta(days=60))
    client.force_login(assigned_member)

    page = client.get(f"{url}request-access/").content.decode()

    assert "Nobody owns it yet" in page
    assert f'href="{url}owner/"' in page
    assert 'name="reason"' not in page

    with pytest.raises(Refused, match="Nobody owns this account"):
        request_access(connection, by=assigned_member, reason="Why", key=uuid4())


@pytest.mark.parametrize(
    ("persona", "status"),
    [
        ("branch_admin", 302),
        ("assigned_member", 302),
        ("viewer", 403),
        ("billing_admin", 403),
        ("unassigned_member", 404),
        ("outsider", 404),
        ("account_owner", 404),
    ],
)
def test_who_may_ask(persona_client, shut, url, persona, status):
    response = persona_client(persona).post(f"{url}request-access/", form())

    assert (response.status_code, AccessRequest.objects.count()) == (status, int(status == 302))


def test_view_only_reads_and_does_not_ask(client, shut, url, unassigned_member):
    role = {"role": ClientRole.VIEW_ONLY}
    factories.TeamAssignmentFactory(content_object=shut, user=unassigned_member, **role)
    client.force_login(unassigned_member)

    page = client.get(f"{url}dashboard/")
    response = client.post(f"{url}request-access/", form())

    assert (page.status_code, response.status_code) == (403, 403)


def test_it_is_closed_with_the_relationship(assigned_member, super_admin, shut):
    asked = request_access(shut, by=assigned_member, reason="Why", key=uuid4())

    disconnect_connection(shut, by=super_admin, reason="Client request")

    asked.refresh_from_db()
    assert (asked.state, asked.answered_by) == ("closed", super_admin)


def test_the_access_history_tells_all_of_it(client, branch_admin, account_owner, shut, url):
    client.force_login(branch_admin)
    client.post(f"{url}request-access/", form())
    client.force_login(account_owner)
    client.post(f"/companies/{shut.account_id}/staff/{shut.pk}/decline/")
    client.post(f"/companies/{shut.account_id}/staff/{shut.pk}/disable/")
    client.post(f"/companies/{shut.account_id}/staff/{shut.pk}/reinstate/")
    client.force_login(branch_admin)

    rows = client.get(f"{url}access-history/").context["page"].rows

    assert [(row.what, row.by) for row in rows if row.whom == "Your firm"] == [
        ("Access reinstated", "Arthur Acme"),
        ("Access disabled", "Arthur Acme"),
        ("Request declined", "Arthur Acme"),
        ("Access requested", "Adam London Admin"),
        ("Access expired", "The system"),
    ]
