"""Reconnect Client over HTTP, from the button to the client's consent (F-080…F-080c)."""

import pytest
from django.core.management import call_command

from clients.models import ClientAccount, Connection, ConnectionPeriod
from clients.roles import ConnectionStatus
from invitations.models import ReconnectInvitation
from invitations.models.links import ReconnectLink
from practice import clock
from practice.models import Message
from tests import factories

YES = {"full_name": "Rita Rey", "agrees": "on"}


@pytest.fixture
def left(branch) -> Connection:
    row = factories.ConnectionFactory(
        branch=branch,
        name="Delta Design",
        contact_email="rita@delta.test",
        client_pays=True,
        disconnected=True,
    )
    today = clock.today()
    factories.ConnectionPeriodFactory(connection=row, opened_on=today, closed_on=today)
    return row


def page(row: Connection, tail: str = "reconnect/") -> str:
    return f"/harbour/clients/{row.pk}/{tail}"


def link_of(row: Connection) -> str:
    asked = ReconnectInvitation.objects.filter(connection=row).latest("pk")
    return f"/reconnect/{ReconnectLink(asked.pk, asked.nonce, is_mailed=True).token}/"


def status_of(row: Connection) -> str:
    return str(Connection.objects.get(pk=row.pk).status)


def test_from_the_filter_to_active_again(client, branch_owner, left):
    client.force_login(branch_owner)
    assert left.name in client.get("/harbour/clients/?status=disconnected").content.decode()
    detail = client.get(page(left, "")).content.decode()
    assert page(left) in detail
    assert page(left, "new-link/") in detail
    assert "Client Pays" in client.get(page(left)).content.decode()

    client.post(page(left))

    assert "Reconnection pending" in client.get(page(left, "")).content.decode()
    [body] = Message.objects.filter(recipient="rita@delta.test").values_list("body", flat=True)
    assert link_of(left) in body
    client.logout()
    assert "Delta Design" in client.get(link_of(left)).content.decode()
    assert status_of(left) == ConnectionStatus.RECONNECTING

    answer = client.post(link_of(left), YES)

    assert answer.status_code == 200
    assert status_of(left) == ConnectionStatus.ACTIVE
    assert ConnectionPeriod.objects.filter(connection=left).count() == 2
    again = client.post(link_of(left), YES)
    assert again.status_code == 410
    assert "accepted already" in again.content.decode()
    client.force_login(branch_owner)
    assert client.get(page(left, "change-branch/")).status_code == 200


@pytest.mark.parametrize("missing", ["full_name", "agrees"])
def test_consent_is_a_name_and_a_tick(client, left, missing):
    factories.ReconnectInvitationFactory(connection=waiting(left))

    answer = client.post(link_of(left), {**YES, missing: ""})

    assert answer.status_code == 422
    assert status_of(left) == ConnectionStatus.RECONNECTING


def waiting(row: Connection) -> Connection:
    with factories.arranging():
        row.status = ConnectionStatus.RECONNECTING
        row.save(update_fields=["status"])
    return row


def test_an_owned_account_is_its_owners_to_connect(client, left, account_owner, viewer):
    with factories.arranging():
        ClientAccount.objects.filter(pk=left.account_id).update(owner=account_owner)
    factories.ReconnectInvitationFactory(connection=waiting(left))

    assert client.post(link_of(left), YES).status_code == 403
    client.force_login(viewer)
    assert client.post(link_of(left), YES).status_code == 403
    client.force_login(account_owner)
    panel = client.get(f"/companies/{left.account_id}/invitations/").content.decode()
    assert "Harbour Accounting" in panel
    assert client.post(link_of(left), YES).status_code == 200
    assert status_of(left) == ConnectionStatus.ACTIVE


def test_cancelling_is_asked_first(client, branch_admin, left):
    client.force_login(branch_admin)
    client.post(page(left))
    url = page(left, "reconnect/cancel/")

    assert "Cancel this invitation?" in client.get(url).content.decode()
    client.post(url)

    assert status_of(left) == ConnectionStatus.DISCONNECTED
    assert "took it back" in client.get(link_of(left)).content.decode()


def test_a_closed_account_is_explained_with_the_other_way(client, branch_owner, left):
    with factories.arranging():
        ClientAccount.objects.filter(pk=left.account_id).update(archived_at=clock.now())
    client.force_login(branch_owner)

    html = client.get(page(left)).content.decode()

    assert "archived" in html
    assert page(left, "new-link/") in html
    assert client.post(page(left)).status_code == 422


@pytest.mark.parametrize(
    ("persona", "status"),
    [("viewer", 403), ("unassigned_member", 404), ("outsider", 404), ("billing_admin", 404)],
)
def test_others_cannot(client, request, left, persona, status):
    client.force_login(request.getfixturevalue(persona))

    pages = [client.post(page(left, tail)) for tail in ("reconnect/", "new-link/")]

    assert [answer.status_code for answer in pages] == [status] * 2
    assert not ReconnectInvitation.objects.exists()


def test_a_new_link_is_copied_and_both_connections_name_each_other(client, branch_owner, left):
    client.force_login(branch_owner)
    client.post(page(left, "new-link/"), {"billing_model": "bill_us"})
    assert "/reconnect/" in client.get(page(left, "new-link/")).content.decode()
    assert not Message.objects.exists()

    client.post(link_of(left), {**YES, "account": "same"})

    opened = Connection.objects.get(supersedes=left)
    assert (opened.billing_model, opened.status) == ("bill_us", ConnectionStatus.ACTIVE)
    assert page(left, "") in client.get(page(opened, "")).content.decode()
    assert page(opened, "") in client.get(page(left, "")).content.decode()


def test_a_new_account_needs_a_name(client, branch_owner, left):
    factories.ReconnectInvitationFactory(new_link=True, connection=left)

    answer = client.post(link_of(left), {**YES, "account": "new"})

    assert answer.status_code == 422
    assert "Enter the company’s name." in answer.content.decode()
    client.post(link_of(left), {**YES, "account": "new", "company": "Delta Two"})
    assert Connection.objects.get(supersedes=left).name == "Delta Two"


def test_the_demo_has_one_reconnection_pending(db):
    call_command("demo", clients=20, verbosity=0)

    asked = ReconnectInvitation.objects.pending().get()

    assert asked.connection.status == ConnectionStatus.RECONNECTING
    assert Message.objects.filter(recipient=asked.email).count() == 1
