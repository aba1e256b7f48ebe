"""Switch Billing Model, and the transfer of ownership (F-083, F-084, F-084a)."""

import pytest

from clients import signals
from clients.models import ClientAccount, Connection
from clients.roles import BillingModel, ConnectionStatus
from invitations.models import ReconnectInvitation
from invitations.models.links import ReconnectLink
from practice.models import Message
from tests import factories


def page(row: Connection, tail: str = "switch-billing-model/") -> str:
    return f"/harbour/clients/{row.pk}/{tail}"


def test_more_actions_lead_to_a_guide_for_this_client(client, branch_owner, branch, connection):
    pays = factories.ConnectionFactory(branch=branch, client_pays=True)
    client.force_login(branch_owner)

    menu = client.get(page(connection, "menu/")).content.decode()
    bill_us = client.get(page(connection)).content.decode()
    client_pays = client.get(page(pays)).content.decode()

    assert page(connection) in menu
    assert "Switch Billing Model" in menu
    assert "cannot be changed directly" in bill_us
    assert "transfer ownership" in bill_us
    assert page(pays, "disconnect/") in client_pays
    assert "choose Bill Us" in client_pays


def test_a_transfer_needs_an_owner_with_a_login(client, branch_owner, connection):
    client.force_login(branch_owner)

    client.post(page(connection, "transfer-ownership/"))

    assert not ClientAccount.objects.get(pk=connection.account_id).is_archived
    assert "nobody can take it over" in client.get(page(connection)).content.decode()


def test_from_bill_us_to_client_pays(client, branch_owner, connection, account_owner):
    heard = []
    signals.ownership_transfer_started.connect(lambda **facts: heard.append(facts), weak=False)
    client.force_login(branch_owner)
    client.post(page(connection, "transfer-ownership/"))

    assert ClientAccount.objects.get(pk=connection.account_id).is_archived
    assert heard[-1]["connections"] == [connection]
    assert Message.objects.get().recipient == account_owner.email
    assert "The transfer has started" in client.get(page(connection)).content.decode()

    client.force_login(account_owner)
    access = f"/companies/{connection.account_id}/external-access/"
    assert "I will subscribe myself" in client.get(access).content.decode()
    client.post(f"{access}{connection.pk}/subscribe/")

    old = Connection.objects.get()
    asked = ReconnectInvitation.objects.get()
    assert old.status == ConnectionStatus.DISCONNECTED
    assert (asked.billing_model, asked.invited_by) == (BillingModel.CLIENT_PAYS, branch_owner)
    link = f"/reconnect/{ReconnectLink(asked.pk, asked.nonce, is_mailed=False).token}/"
    assert link in client.get(f"/companies/{old.account_id}/invitations/").content.decode()
    client.post(link, {"account": "same", "full_name": "Arthur Acme", "agrees": "on"})
    opened = Connection.objects.get(supersedes=old)
    assert (opened.billing_model, opened.account_id) == (BillingModel.CLIENT_PAYS, old.account_id)


def test_nobody_takes_over_what_was_not_started(client, connection, account_owner):
    client.force_login(account_owner)

    client.post(f"/companies/{connection.account_id}/external-access/{connection.pk}/subscribe/")

    assert Connection.objects.get().status == ConnectionStatus.ACTIVE


def test_a_transfer_that_was_started_does_not_start_again(
    client, super_admin, connection, account_owner
):
    client.force_login(super_admin)

    for _ in range(2):
        client.post(page(connection, "transfer-ownership/"))

    assert Message.objects.count() == 1


def test_both_mails_of_a_transfer_are_in_the_email_history(
    client, branch_owner, connection, account_owner
):
    client.force_login(branch_owner)
    client.post(page(connection, "transfer-ownership/"))
    client.force_login(account_owner)
    client.post(f"/companies/{connection.account_id}/external-access/{connection.pk}/subscribe/")

    client.force_login(branch_owner)
    html = client.get(page(connection, "emails/")).content.decode()

    assert "hands the subscription of Acme Bakery over to you" in html
    assert "Acme Bakery disconnected your firm" in html
    assert str(branch_owner) in html.split("<tbody")[1]


def test_an_account_that_another_firm_is_connected_to_stays_open(
    client, super_admin, connection, account_owner, outsider
):
    southgate = outsider.team_members.get().firm
    branch = factories.BranchFactory(firm=southgate)
    factories.ConnectionFactory(branch=branch, account=connection.account)
    client.force_login(super_admin)

    html = client.post(page(connection, "transfer-ownership/"), follow=True).content.decode()

    assert "cannot go to archive mode" in html
    assert not ClientAccount.objects.get(pk=connection.account_id).is_archived


@pytest.mark.parametrize(("persona", "status"), [("viewer", 403), ("assigned_member", 403)])
def test_others_cannot_start_it(client, request, connection, account_owner, persona, status):
    client.force_login(request.getfixturevalue(persona))

    assert client.post(page(connection, "transfer-ownership/")).status_code == status
